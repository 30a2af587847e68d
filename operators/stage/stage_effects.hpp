// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/batch/batch.hpp>
#include <sluice/actors/protocol/messages.hpp>
#include <sluice/operators/shared/added_sums.hpp>

namespace sluice {

/// What a stage wants done after a step. The stage returns it; the actor around it does it.
struct stage_effects {
  struct parcel {
    edge_id edge;
    partition_id to;
    batch_time time;
    batch content;
  };

  struct end {
    edge_id edge;
    batch_time time;
    presence had;
  };

  struct failure {
    batch_time time;
    std::string what; ///< one line: batch, partition, operator, record, message
  };

  std::vector<parcel> parcels;         ///< batches to send, in this order, before any end mark
  std::vector<state_update> changes;   ///< what closed batches changed in keyed state
  std::vector<end> ends;               ///< end marks for all that an edge leads to, in order of time
  std::vector<detail::added_sum> sums; ///< what closed batches add to accumulators; goes before their end marks
  std::vector<batch_time> closed;      ///< batches that have ended here, in order of time
  std::vector<failure> failures;       ///< of operators, which the stage has survived so far

  void clear() {
    parcels.clear();
    changes.clear();
    ends.clear();
    sums.clear();
    closed.clear();
    failures.clear();
  }
};

} // namespace sluice

// Compiled once, in stage_operator.cpp.
extern template class std::vector<sluice::state_update>;
extern template class std::vector<sluice::stage_effects::parcel>;
extern template class std::vector<sluice::stage_effects::end>;
extern template class std::vector<sluice::stage_effects::failure>;
