// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/placement.hpp>

#include <algorithm>
#include <numeric>

namespace sluice {

namespace {

std::uint32_t default_partitions(const placement_terms& terms) {
  if (terms.asked)
    return *terms.asked;
  if (terms.kept)
    return *terms.kept;
  if (terms.threads_of_workers.empty())
    return terms.local_threads;
  return std::accumulate(terms.threads_of_workers.begin(), terms.threads_of_workers.end(), 0U);
}

/// The workers in the order in which they take partitions.
std::vector<std::size_t> turns(const std::vector<std::uint32_t>& threads) {
  std::vector<std::size_t> result;
  const auto rounds = threads.empty() ? 0 : *std::ranges::max_element(threads);
  for (std::uint32_t round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < threads.size(); ++i)
      if (round < threads[i])
        result.push_back(i);
  return result;
}

} // namespace

placement place_program(const topology& graph, const placement_terms& terms) {
  placement result;
  result.default_partitions = default_partitions(terms);
  result.plan = make_plan(graph, result.default_partitions);
  const auto workers = turns(terms.threads_of_workers);
  for (const auto& stage : result.plan.stages)
    for (std::uint32_t p = 0; p < stage.partitions; ++p) {
      auto& x = result.places.emplace_back(place{stage.id, partition_id{p}, {}});
      if (!workers.empty() && !stage.on_driver)
        x.worker = workers[p % workers.size()];
    }
  return result;
}

} // namespace sluice
