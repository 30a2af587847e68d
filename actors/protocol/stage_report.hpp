// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/protocol/controls.hpp>

namespace sluice {

/// What one operator has done in one partition of a stage since the last report of that partition.
struct operator_activity {
  node_index node;
  /// This is the half of `node` that ends the stage before it: it takes the records and sends them, combined where the
  /// operator combines.
  bool sends = false;
  std::uint64_t records = 0;     ///< taken
  std::uint64_t busy_ns = 0;     ///< about: chunks are timed by sample
  std::uint64_t keys = 0;        ///< with a state, now
  std::uint64_t state_bytes = 0; ///< of its last stored base; 0 if none has been stored since it started

  template <class Inspector>
  friend auto inspect(Inspector& f, operator_activity& x) {
    return f(x.node, x.sends, x.records, x.busy_ns, x.keys, x.state_bytes);
  }
};

/// What one partition of a stage has done since its last report. Sent a few times a second, while batches run and the
/// program is watched.
struct stage_report {
  epoch life;
  stage_id stage;
  partition_id partition;
  std::uint64_t span_ns = 0; ///< since the last report, or since the partition was deployed
  std::uint64_t busy_ns = 0; ///< of that time; otherwise it waited
  std::uint64_t gate_ns = 0; ///< of that time: it had all of a batch, and waited for its gate
  std::uint64_t batches = 0; ///< that have ended here
  std::uint64_t bytes = 0;   ///< of records that came from other stages, and from inputs
  std::vector<operator_activity> operators;
  std::vector<tail_sample> tails; ///< of records that somebody looks at

  template <class Inspector>
  friend auto inspect(Inspector& f, stage_report& x) {
    return f(x.life, x.stage, x.partition, x.span_ns, x.busy_ns, x.gate_ns, x.batches, x.bytes, x.operators, x.tails);
  }
};

} // namespace sluice
