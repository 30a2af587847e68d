// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/checkpoint_check.hpp>

#include <algorithm>
#include <sstream>

#include <sluice/actors/base/errors.hpp>
#include <sluice/operators/shared/accumulator_ledger.hpp>
#include <sluice/operators/stage/topology.hpp>

namespace sluice {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

} // namespace

void check_checkpoint_intervals(const topology& graph) {
  for (const auto& node : graph.nodes())
    if (const auto interval = node.base_interval;
        interval && (*interval <= duration{0} || *interval % node.slide != duration{0}))
      throw usage_error{"checkpoint: '" + node.name + "' cannot be checkpointed every " + to_string(*interval)
                        + ", as it has a batch every " + to_string(node.slide)
                        + ": the interval must be a multiple of that"};
}

void check_checkpoint_directory(const topology& graph, const std::filesystem::path& directory) {
  if (!directory.empty())
    return;
  for (const auto& node : graph.nodes())
    if (node.base_interval)
      throw usage_error{"checkpoint: '" + node.name + "' is to be checkpointed every " + to_string(*node.base_interval)
                        + ", and the checkpoint directory has not been set; give the context one with "
                          "checkpoint(directory)"};
}

error check_same_interval(const checkpoint_summary& found, duration interval, const std::string& where) {
  const auto& last = found.last_commit;
  if (!last || last->interval == duration{0} || last->interval == interval)
    return {};
  const auto kept = std::to_string(last->interval.count()) + "ms";
  return make_error(ec::checkpoint_mismatch, "checkpoint " + where + " was written with a batch every " + kept
                                                 + ", and this program has one every "
                                                 + std::to_string(interval.count()) + "ms; start it with --interval "
                                                 + kept + ", or choose another directory");
}

error check_same_accumulators(const checkpoint_summary& found, const accumulator_ledger& now,
                              const std::string& where) {
  if (!found.last_commit)
    return {};
  const auto& sums = found.last_commit->sums;
  const auto kind = [](bool is_real) { return is_real ? std::string{"real numbers"} : std::string{"integers"}; };
  for (const auto& cell : now.cells())
    if (const auto kept = sums.find(cell->name()); kept != sums.end() && kept->second.is_real != cell->is_real())
      return make_error(ec::checkpoint_mismatch, "checkpoint " + where + " was written by another program: its sum '"
                                                     + cell->name() + "' is one of " + kind(kept->second.is_real)
                                                     + ", here it is one of " + kind(cell->is_real())
                                                     + "; give the accumulator another name, or choose another "
                                                       "directory");
  return {};
}

error check_same_partitions(const checkpoint_summary& found, const std::string& operator_name,
                            std::uint32_t partitions) {
  const auto kept = std::ranges::find(found.operators, operator_name, &state_description::operator_name);
  if (kept == found.operators.end() || kept->partitions == partitions)
    return {};
  const auto stored = std::to_string(kept->partitions);
  return make_error(ec::checkpoint_mismatch, "the checkpoint holds the state of '" + operator_name + "' in " + stored
                                                 + " partitions, and the program would run with "
                                                 + std::to_string(partitions) + "; start it with --partitions " + stored
                                                 + " (or give the operator that number, where it has one of its own), "
                                                   "or choose another directory");
}

std::optional<std::uint32_t> kept_partitions(const checkpoint_summary& found, const topology& graph) {
  for (const auto& kept : found.operators) {
    const auto& nodes = graph.nodes();
    const auto node = std::ranges::find(nodes, kept.operator_name, &topology_node::name);
    if (node != nodes.end() && !node->partitions)
      return kept.partitions;
  }
  return std::nullopt;
}

std::vector<std::string> describe_changes(const std::string& before, const std::string& now) {
  const auto old_lines = lines_of(before);
  const auto new_lines = lines_of(now);
  std::vector<std::string> result;
  for (const auto& line : old_lines)
    if (std::ranges::find(new_lines, line) == new_lines.end())
      result.push_back("- " + line);
  for (const auto& line : new_lines)
    if (std::ranges::find(old_lines, line) == old_lines.end())
      result.push_back("+ " + line);
  return result;
}

} // namespace sluice
