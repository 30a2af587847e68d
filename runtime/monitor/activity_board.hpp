// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/protocol/stage_report.hpp>
#include <sluice/runtime/monitor/state_growth.hpp>

namespace sluice {

/// How busy one operator has been lately, on one partition or on all of them.
struct operator_load {
  std::uint64_t records = 0;     ///< taken since the start of the program
  double records_per_second = 0; ///< lately
  double busy_share = 0;         ///< of the time of one core, lately; over all partitions it can be more than 1
  double busy_seconds = 0;       ///< since the start of the program
  std::uint64_t keys = 0;        ///< with a state
  std::uint64_t state_bytes = 0; ///< of their last stored base; 0: not known
};

/// The load of an operator at one moment.
struct load_point {
  std::chrono::microseconds time; ///< of day
  double records_per_second = 0;
  double busy_share = 0;
};

/// What one partition of a stage has done lately, as a whole.
struct stage_load {
  double busy_share = 0;         ///< of the time of one core: in its operators, and in handing records on
  double batches_per_second = 0; ///< that have ended here
  double bytes_per_second = 0;   ///< of records that came from other stages, and from inputs
  double gate_share = 0;         ///< of the time: it had all of a batch, and waited for its gate
};

/// Adds up what the partitions of all stages report. "Lately" is the last few seconds, or the last two reports where
/// these come more slowly. Bounded by the number of partitions. Plain logic.
class activity_board {
public:
  void take(const stage_report& x, std::chrono::microseconds now);

  /// The operators of an epoch that has ended do nothing any more, and their states are gone.
  void epoch_ended();

  /// What it took from other operators, by partition. Empty: nothing has been reported.
  std::vector<operator_load> partitions(node_index node) const;

  /// All partitions together. Records are counted before they are combined for the shuffle, and the time that this
  /// takes belongs to the operator that they are sent to.
  operator_load total(node_index node) const;

  /// A stage as a whole, by partition. Empty: nothing has been reported.
  std::vector<stage_load> stage_partitions(stage_id stage) const;

  /// Notes how large the states are. To be called about once a second.
  void note_states(std::chrono::microseconds now);

  /// How the state of an operator has grown since it is noted.
  state_growth growth(node_index node) const;

  /// One point a second at most, oldest first.
  std::vector<load_point> history(node_index node) const;

private:
  struct part {
    node_index node;
    bool sends = false;
    stage_id stage;
    partition_id partition;

    friend auto operator<=>(const part&, const part&) = default;
  };

  struct interval {
    std::chrono::microseconds end;
    std::uint64_t span_ns;
    std::uint64_t records;
    std::uint64_t busy_ns;
  };

  struct activity {
    std::uint64_t records = 0;
    std::uint64_t busy_ns = 0;
    std::uint64_t keys = 0;
    std::uint64_t state_bytes = 0;
    std::deque<interval> lately;
  };

  struct second {
    std::chrono::seconds of;
    std::uint64_t records = 0;
    std::uint64_t sent = 0;
    std::uint64_t busy_ns = 0;
  };

  struct stage_interval {
    std::chrono::microseconds end;
    std::uint64_t span_ns;
    std::uint64_t busy_ns;
    std::uint64_t gate_ns;
    std::uint64_t batches;
    std::uint64_t bytes;
  };

  static operator_load load_of(const activity& x);
  void add_point(const operator_activity& x, std::chrono::seconds now);

  /// The parts of one operator, as a range of `parts_`.
  template <class Use>
  void for_each_part(node_index node, Use use) const;

  std::map<part, activity> parts_;
  std::map<std::pair<stage_id, partition_id>, std::deque<stage_interval>> stages_; ///< lately
  std::map<node_index, std::deque<state_point>> states_;
  std::map<node_index, std::deque<second>> history_;
};

} // namespace sluice
