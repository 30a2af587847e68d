// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/operator_shares.hpp>

#include <algorithm>

namespace sluice::detail {

hot_partition hottest_of(const operator_picture& x) {
  hot_partition result;
  double all = 0;
  for (std::size_t i = 0; i < x.partitions.size(); ++i) {
    all += x.partitions[i].busy_share;
    if (x.partitions[i].busy_share > result.busy)
      result = {i, x.partitions[i].busy_share};
  }
  result.work_share = all > 0 ? result.busy / all : 0;
  return result;
}

double busy_of(const operator_picture& x) { return std::max(x.load.busy_share, hottest_of(x).busy); }

const operator_picture* busiest_of(const run_picture& of) {
  const auto found = std::ranges::max_element(of.operators, {}, busy_of);
  return found == of.operators.end() || busy_of(*found) == 0 ? nullptr : &*found;
}

double records_share(const run_picture& of, std::optional<stage_id> stage, std::size_t partition) {
  double result = 0;
  for (const auto& x : of.operators) {
    if (x.stage != stage || partition >= x.partitions.size())
      continue;
    double all = 0;
    for (const auto& part : x.partitions)
      all += part.records_per_second;
    if (all > 0)
      result = std::max(result, x.partitions[partition].records_per_second / all);
  }
  return result;
}

bool is_keyed(const run_picture& of, std::optional<stage_id> stage) {
  return std::ranges::any_of(of.operators,
                             [&](const auto& x) { return x.stage == stage && x.inbound == edge_kind::hash; });
}

std::optional<node_index> find_operator(const run_picture& of, const std::string& name) {
  const auto found = std::ranges::find(of.operators, name, &operator_picture::name);
  return found == of.operators.end() ? std::nullopt : std::optional{found->id};
}

const stage_picture* find_stage(const run_picture& of, std::optional<stage_id> stage) {
  const auto found = std::ranges::find(of.stages, stage, [](const auto& x) { return std::optional{x.id}; });
  return found == of.stages.end() ? nullptr : &*found;
}

namespace {

/// That come to a stage from outside, in a second.
double records_into(const run_picture& of, const stage_picture& stage) {
  double result = 0;
  for (const auto& x : of.operators)
    if (x.stage == stage.id && (x.is_input || x.inbound != edge_kind::fused))
      for (const auto& part : x.partitions)
        result += part.records_per_second;
  return result;
}

} // namespace

double bytes_per_record(const run_picture& of, const stage_picture& stage) {
  const auto records = records_into(of, stage);
  double bytes = 0;
  for (const auto& part : stage.partitions)
    bytes += part.bytes_per_second;
  return records > 0 ? bytes / records : 0;
}

std::optional<double> records_per_part(const run_picture& of, const stage_picture& stage) {
  double parts = 0; // of batches, in a second
  for (const auto& part : stage.partitions)
    parts += part.batches_per_second;
  return parts > 0 ? std::optional{records_into(of, stage) / parts} : std::nullopt;
}

busy_shares busy_in_all(const run_picture& of) {
  busy_shares result;
  for (const auto& stage : of.stages)
    for (const auto& part : stage.partitions)
      result.stages += part.busy_share;
  for (const auto& x : of.operators)
    result.operators += x.load.busy_share;
  result.is_all_here = workers_of(of).empty();
  return result;
}

std::vector<std::string> workers_of(const run_picture& of) {
  std::vector<std::string> result;
  for (const auto& stage : of.stages)
    for (const auto& node : stage.nodes)
      if (node != "driver" && std::ranges::find(result, node) == result.end())
        result.push_back(node);
  return result;
}

} // namespace sluice::detail
