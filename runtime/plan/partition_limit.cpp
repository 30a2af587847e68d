// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/plan/partition_limit.hpp>

#include <algorithm>
#include <string>

#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/plan/planner.hpp>

namespace sluice {

namespace {

// Estimates: what a partition and each pair that a shuffle connects take before any record comes.
constexpr std::uint64_t bytes_of_partition = 32 << 10;
constexpr std::uint64_t bytes_of_pair = 2 << 10;

std::uint64_t pairs_of(const plan_edge& edge) {
  const auto all = std::uint64_t{edge.senders} * edge.targets;
  return edge.kind == edge_kind::hash || edge.kind == edge_kind::rebalance ? all : std::max(edge.senders, edge.targets);
}

std::string in_mib(std::uint64_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB"; }

} // namespace

std::uint64_t bytes_of_plan(const execution_plan& plan) {
  std::uint64_t result = 0;
  for (const auto& stage : plan.stages) {
    result += stage.partitions * bytes_of_partition;
    for (const auto& edge : stage.inbound)
      result += pairs_of(edge) * bytes_of_pair;
  }
  return result;
}

void check_partitions_fit(const topology& graph, std::uint32_t partitions, std::uint64_t budget, std::size_t nodes) {
  const auto bytes_with = [&](std::uint32_t n) { return bytes_of_plan(make_plan(graph, n)) / nodes; };
  const auto bytes = bytes_with(partitions);
  if (bytes <= budget)
    return;
  std::uint32_t fits = 0;
  for (auto too_many = partitions; too_many - fits > 1;) {
    const auto middle = fits + (too_many - fits) / 2;
    (bytes_with(middle) <= budget ? fits : too_many) = middle;
  }
  const auto needs = std::to_string(partitions) + " partitions take about " + in_mib(bytes)
                     + " for what each of them sends each other, more than the memory budget of " + in_mib(budget);
  if (fits == 0)
    throw usage_error{needs
                      + ", and fewer do not help: give the operators that have a number of partitions of their own "
                        "a smaller one, or the program a larger --memory-budget"};
  throw usage_error{needs + "; this program can have " + std::to_string(fits) + " here: start it with --partitions "
                    + std::to_string(fits) + " or less, or with a larger --memory-budget"};
}

} // namespace sluice
