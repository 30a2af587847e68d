// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include <sluice/actors/base/ids.hpp>
#include <sluice/operators/stage/topology.hpp>

namespace sluice {

/// An edge between two stages, or from an input's batch generator to the stage that reads it.
struct plan_edge {
  edge_id id;
  node_index to;                  ///< the operator it leads to
  std::optional<stream_ref> from; ///< the stream it carries; none for an input's edge
  stage_id to_stage;
  std::optional<stage_id> from_stage;
  edge_kind kind = edge_kind::forward;
  std::uint32_t senders = 1; ///< partitions of the sending stage (1 for a batch generator)
  std::uint32_t targets = 1; ///< partitions of the receiving stage
  parent_index port;         ///< which parent of `to` the edge comes from

  /// Whether sender `from` sends to target `to` at all, and so owes it an end mark for every batch.
  bool connects(partition_id from_partition, partition_id to_partition) const {
    return kind == edge_kind::hash || kind == edge_kind::rebalance || !from_stage
           || from_partition.value() % targets == to_partition.value();
  }
};

/// Over this edge the coordinator ends a batch for a stage whose outputs wait until it is durable what the batch got.
inline constexpr edge_id gate_edge{std::numeric_limits<std::uint32_t>::max()};

/// Operators fused into one actor for each partition.
struct stage_plan {
  stage_id id;
  std::uint32_t partitions = 1;
  std::vector<node_index> nodes;   ///< in ascending order, so parents before children
  std::vector<plan_edge> inbound;  ///< edges that lead here
  std::vector<plan_edge> outbound; ///< edges that start here
  bool runs_outputs = false;       ///< the one stage, on the driver, that holds all outputs
  bool on_driver = false;          ///< holds functions that have to run where the program was started
};

} // namespace sluice
