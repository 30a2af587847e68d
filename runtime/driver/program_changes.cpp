// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/program_changes.hpp>

#include <algorithm>
#include <map>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/operators/stage/topology.hpp>
#include <sluice/runtime/driver/checkpoint_check.hpp>
#include <sluice/runtime/driver/runtime_options.hpp>
#include <sluice/runtime/plan/composition.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>

namespace sluice {

namespace {

using kind = state_difference::kind;

/// The operator of this name that keeps state; null if there is none.
const topology_node* keeper(const topology& graph, const std::string& name) {
  const auto& nodes = graph.nodes();
  const auto found = std::ranges::find(nodes, name, &topology_node::name);
  return found == nodes.end() || found->state_schema.empty() ? nullptr : &*found;
}

bool is_older(const std::string& schema, const topology_node& node) {
  return std::ranges::find(node.older_state_schemas, schema) != node.older_state_schemas.end();
}

/// Whether the program can go on with the state as it is.
bool fits(const state_description& stored, const topology_node& node, const runtime_options& how) {
  const auto partitions = node.partitions ? node.partitions : how.partitions;
  return (node.state_schema == stored.schema || is_older(stored.schema, node))
         && partitions.value_or(stored.partitions) == stored.partitions;
}

std::string obstacle(const state_difference& x) {
  if (x.what == kind::retyped)
    return "its state of '" + x.name + "' has type " + x.stored + ", here it is " + x.wanted + " (--drop-state "
           + x.name + " begins it anew)";
  return "it holds state of '" + x.name + "', which this one does not have; '" + x.maybe_now
         + "' is new and has the same type (if it is the same, start once with --rename-state " + x.name + '='
         + x.maybe_now + ", or name the operator with named(\"" + x.name + "\"); if not, --drop-state " + x.name + ')';
}

std::string of_renaming(const std::string& from, const std::string& what, const std::string& to,
                        const std::string& end) {
  return "the state of '" + from + "' " + what + " '" + to + "'" + end;
}

} // namespace

std::vector<state_difference> compare_states(const checkpoint_summary& found, const topology& graph) {
  std::vector<state_difference> result;
  if (found.operators.empty())
    return result;
  std::map<std::string, std::string> added; // schemas by name
  for (const auto& node : graph.nodes())
    if (!node.state_schema.empty())
      added.emplace(node.name, node.state_schema);
  for (const auto& stored : found.operators)
    added.erase(stored.operator_name);
  for (const auto& [name, schema] : added)
    result.push_back({kind::added, name, {}, schema});
  for (const auto& stored : found.operators) {
    const auto* node = keeper(graph, stored.operator_name);
    if (node && node->state_schema != stored.schema)
      result.push_back({is_older(stored.schema, *node) ? kind::grown : kind::retyped, stored.operator_name,
                        stored.schema, node->state_schema});
    if (node)
      continue;
    auto& gone = result.emplace_back(state_difference{kind::gone, stored.operator_name, stored.schema, {}});
    for (const auto& [name, schema] : added)
      if (schema == stored.schema) {
        gone.maybe_now = name;
        added.erase(name); // it has become one of them at most
        break;
      }
  }
  std::ranges::sort(result, {}, &state_difference::name);
  return result;
}

error check_differences(const std::vector<state_difference>& differences, const std::string& where) {
  std::string obstacles;
  for (const auto& x : differences)
    if (x.what == kind::retyped || !x.maybe_now.empty())
      obstacles += (obstacles.empty() ? "" : "; ") + obstacle(x);
  if (obstacles.empty())
    return {};
  return make_error(ec::checkpoint_mismatch, "checkpoint " + where + " was written by another program: " + obstacles
                                                 + "; or choose another directory");
}

std::vector<std::string> describe_differences(const std::vector<state_difference>& differences) {
  std::vector<std::string> result;
  for (const auto& x : differences)
    if (x.what == kind::added)
      result.push_back("the state of '" + x.name + "' (" + x.wanted + ") is new and begins empty");
    else if (x.what == kind::grown)
      result.push_back("the state of '" + x.name + "' has new fields, which begin with their defaults: it was "
                       + x.stored + " and is " + x.wanted);
    else if (x.what == kind::gone)
      result.push_back("the state of '" + x.name + "' (" + x.stored
                       + ") is no longer used and stays in the checkpoint; --drop-state " + x.name + " removes it");
  return result;
}

expected<std::vector<std::string>> change_states(checkpoint_log& log, const topology& graph,
                                                 const runtime_options& how) {
  std::vector<std::string> lines;
  const auto find = [&log](const std::string& name) -> std::optional<state_description> {
    for (auto& x : log.operators())
      if (x.operator_name == name)
        return std::move(x);
    return std::nullopt;
  };
  for (const auto& name : how.drop_states) {
    const auto stored = find(name);
    const auto* node = keeper(graph, name);
    if (!stored) {
      lines.push_back("'" + name + "' has no state to drop");
    } else if (node && fits(*stored, *node, how)) {
      lines.push_back("the state of '" + name + "' is what this program goes on with, and is not dropped");
    } else {
      if (auto err = log.drop(name))
        return err;
      lines.push_back("the state of '" + name + "' (" + stored->schema + ") is dropped with the next commit");
    }
  }
  for (const auto& [from, to] : how.rename_states) {
    if (!find(from) && find(to)) {
      lines.push_back(of_renaming(from, "is called", to, " already"));
      continue;
    }
    if (auto err = log.rename(from, to))
      return make_error(static_cast<ec>(err.code()),
                        of_renaming(from, "cannot be renamed to", to, ": " + describe(err)));
    lines.push_back(of_renaming(from, "is called", to, " from the next commit on"));
  }
  return lines;
}

expected<std::vector<std::string>> adopt_checkpoint(checkpoint_log& found, const composition& program,
                                                    const runtime_options& how, const std::string& where) {
  found.keep_versions(how.kept_versions);
  auto result = change_states(found, program.graph, how);
  if (!result)
    return result;
  for (auto& line : *result)
    line.insert(0, "checkpoint " + where + ": ");
  const auto summary = found.summary();
  const auto differences = compare_states(summary, program.graph);
  for (auto err : {check_differences(differences, where), check_same_interval(summary, program.interval, where),
                   check_same_accumulators(summary, *program.accumulators, where)})
    if (err)
      return err;
  const auto& last = summary.last_commit;
  if (!last)
    return result;
  result->push_back("continues from checkpoint " + where + ", committed up to batch " + to_string(last->time));
  for (const auto& line : describe_changes(last->description, program.graph.describe()))
    result->push_back("changed since the checkpoint: " + line);
  for (const auto& line : describe_differences(differences))
    result->push_back("changed since the checkpoint: " + line);
  return result;
}

} // namespace sluice
