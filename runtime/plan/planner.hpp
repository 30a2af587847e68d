// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include <sluice/operators/stage/stage_plan.hpp>

namespace sluice {

/// The plan of a topology: which operators are fused into which stages, and the edges between them.
struct execution_plan {
  std::vector<stage_plan> stages; ///< upstream before downstream; the one with the outputs is the last
  std::vector<plan_edge> inputs;  ///< from batch generators, in order of stream

  const stage_plan& stage(stage_id id) const { return stages[id.value()]; }
};

/// Cuts a topology into stages. Every node that plans the same topology with the same number gets the same plan.
/// Operators that lead to no output are left out.
/// `default_partitions`: copies of a stage whose first operator does not say otherwise; at least 1.
execution_plan make_plan(const topology& graph, std::uint32_t default_partitions);

} // namespace sluice
