// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <iosfwd>
#include <map>
#include <memory>
#include <vector>

#include <caf/error.hpp>

#include <sluice/actors/ids.hpp>
#include <sluice/operators/end_tracker.hpp>
#include <sluice/operators/stage_operator.hpp>
#include <sluice/operators/stage_plan.hpp>

namespace sluice {

/// One partition of one stage: its fused operators, and which batches are open. Plain logic: what it wants sent or kept
/// it returns as effects. Exceptions of user functions pass through; the stage must not be used after one.
class stage {
public:
  /// Makes the operators of `plan`. `graph` and `plan` must describe the same program; both may go afterwards.
  stage(const topology& graph, const stage_plan& plan, partition_id partition, std::ostream& standard_output);
  stage(const stage&) = delete; // senders refer to its effects
  stage& operator=(const stage&) = delete;

  /// The keyed states whose committed content must be restored before the first batch.
  std::vector<state_id> states() const;
  caf::error restore(const state_id& id, const batch& piece);

  /// Records of batch `t` from an upstream partition.
  caf::error on_data(edge_id edge, partition_id from, batch_time t, const batch& records);

  /// An upstream partition has ended batch `t`; closes every batch that has ended everywhere.
  void on_end(edge_id edge, partition_id from, batch_time t);

  /// What was to be done since the last call.
  stage_effects& effects() { return effects_; }

private:
  /// Where an edge leads.
  struct entry {
    stage_operator* to;
    parent_index port;
  };

  void open(batch_time t);
  void close(batch_time t);

  partition_id partition_;
  stage_effects effects_;
  std::vector<std::unique_ptr<stage_operator>> operators_; ///< in the order in which batches are closed
  std::map<edge_id, entry> entries_;
  std::map<std::string, stage_operator*> keepers_;
  end_tracker ends_;
  std::optional<batch_time> open_;
};

} // namespace sluice
