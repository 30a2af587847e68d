// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sluice/actors/base/batch_grid.hpp>
#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/memory_meter.hpp>
#include <sluice/actors/batch/record_shape.hpp>
#include <sluice/actors/protocol/stage_report.hpp>
#include <sluice/operators/shared/added_sums.hpp>
#include <sluice/operators/stage/end_tracker.hpp>
#include <sluice/operators/stage/error_policy.hpp>
#include <sluice/operators/stage/output_observer.hpp>
#include <sluice/operators/stage/record_tail.hpp>
#include <sluice/operators/stage/stage_meter.hpp>
#include <sluice/operators/stage/stage_operator.hpp>
#include <sluice/operators/stage/stage_plan.hpp>

namespace sluice {

/// What all stages of a program share.
struct stage_setting {
  std::ostream* standard_output = nullptr; ///< outlives the stage
  duration interval{1000};                 ///< between batches
  std::optional<batch_time> zero;          ///< see batch_grid; of a program that recovers
  error_policy on_error = error_policy::stop;
  std::shared_ptr<output_observer> outputs = nullptr; ///< null: nobody wants to know when they run
  std::optional<batch_time> reruns_until = {};        ///< batches up to this one may have run before, in another life
  detail::accumulator_cells accumulators = {};        ///< of the program, in this process
  bool is_gated = false;                              ///< a batch ends over `gate_edge` as well
};

/// One partition of one stage: its fused operators, and which batches are open. Plain logic: what it wants sent or kept
/// it returns as effects. Where failures end the program, `on_data` and `on_end` throw an operator_failure, and the
/// stage must not be used after it, but for its effects: they hold the further failures of that batch, as all of its
/// outputs run.
class stage {
public:
  /// Makes the operators of `plan`. `graph` and `plan` must describe the same program; both may go afterwards.
  stage(const topology& graph, const stage_plan& plan, partition_id partition, const stage_setting& setting);
  stage(const stage&) = delete; // its operators refer to it
  stage& operator=(const stage&) = delete;

  /// The keyed states whose committed content must be restored before the first batch.
  std::vector<state_id> states() const;
  error restore(const state_id& id, const state_piece& piece);

  /// Records of batch `t` from an upstream partition.
  error on_data(edge_id edge, partition_id from, batch_time t, const batch& records);

  /// An upstream partition has ended batch `t`; closes every batch that has ended everywhere.
  void on_end(edge_id edge, partition_id from, batch_time t, presence had = presence::some);

  /// What functions of another partition have added in a batch that has not ended here. It goes on with this one's.
  void take(const detail::added_sum& x) { added_.add(x); }

  /// Says, before the first batch, that changes of state go nowhere: then they are not returned as effects.
  void keep_nothing() { keeps_state_ = false; }

  /// Says, before the first batch, that its operators are to be counted and timed.
  void measure(meter_clock clock);

  /// Keeps some of the records that pass from one operator to the other for the next `take_activity`, or no longer.
  /// Operators and edges that are not here are passed over. Requires `measure`.
  void show(const tail_request& what);

  /// What has been done since the last call, all but the mark and the span. Requires `measure`.
  stage_report take_activity();

  /// What was to be done since the last call.
  stage_effects& effects() { return effects_; }

private:
  /// Where an edge leads.
  struct entry {
    stage_operator* to;
    node_index node;
    parent_index port;
    std::uint32_t senders;
    operator_meter* meter = nullptr;
    std::optional<stream_ref> parent = {}; ///< none: an input
  };

  /// An operator of this stage, or the sending half of an edge that starts here.
  struct member {
    std::unique_ptr<stage_operator> logic;
    node_index node;                          ///< the operator, or the one that the edge leads to
    std::optional<edge_id> sends;             ///< of a sending half
    std::vector<node_index> near;             ///< parents in this stage
    std::vector<edge_id> far;                 ///< edges from the others
    std::optional<output_number> output = {}; ///< of an output
    operator_meter* meter = nullptr;          ///< null: nothing is measured
    std::uint64_t state_bytes = 0;            ///< of the last base
  };

  /// Records that are shown.
  struct shown_records {
    node_index from;
    node_index to;
    operator_meter* meter = nullptr;                        ///< of who takes them; null: they come encoded
    std::optional<edge_id> edge = {};                       ///< over which they come
    std::shared_ptr<const detail::record_shape> shape = {}; ///< of these
    std::uint64_t schema = 0;
    std::unique_ptr<record_tail> records = std::make_unique<record_tail>();
  };

  struct measurements {
    explicit measurements(meter_clock now) : clock{now}, timer{now} {}

    std::uint64_t take_gate_wait();

    meter_clock clock;
    stage_timer timer;
    std::vector<operator_meter> meters; ///< of the members, in their order
    std::uint32_t data_steps = 0;
    std::uint64_t bytes = 0;
    std::uint64_t batches = 0;
    std::uint64_t gate_wait = 0;            ///< ns
    std::optional<std::int64_t> gate_since; ///< when it began to wait, if it does
    std::vector<shown_records> tails;
  };

  /// Measures what is done while it lives.
  class measured_step;

  void show_encoded(edge_id edge, const batch& records);
  void note_gate();
  void add_sender(const topology& graph, const plan_edge& edge);
  void add_operator(const topology& graph, const stage_plan& plan, node_index node, const stage_setting& setting);
  void open(batch_time t);
  void close(const end_tracker::ended_batch& ended);
  presence arrived(const member& at, const end_tracker::ended_batch& ended) const;
  presence close(member& x, const end_tracker::ended_batch& ended);
  void count_held();
  void note_base_sizes();
  void run(member& x, batch_time t);
  void note_output_cannot_run(const member& x, batch_time t);

  /// Calls `step` of an operator. Returns whether it got to its end; if it did not, the failure is noted.
  template <class Step>
  bool attempt(batch_time t, node_index node, operator_meter* meter, Step&& step);

  /// Throws the first failure of the step that is being done, if failures are not survived.
  void end_if_failed();

  partition_id partition_;
  batch_grid grid_;
  error_policy on_error_;
  std::shared_ptr<output_observer> outputs_;
  bool is_gated_;
  bool keeps_state_ = true;
  stage_effects effects_;
  detail::added_sums added_;
  std::vector<member> members_;     ///< in the order in which batches are closed
  std::vector<std::string> labels_; ///< by node, of those that take part
  std::vector<presence> had_;       ///< by node: what its stream has in the batch that is closing
  std::map<stream_ref, std::vector<any_sink*>> consumers_;
  std::map<edge_id, entry> entries_;
  std::map<std::string, stage_operator*> keepers_;
  end_tracker ends_;
  std::optional<batch_time> open_;
  held_bytes held_;                      ///< by all members
  std::optional<measurements> measured_; ///< none: nothing is
  std::set<batch_time> failed_;          ///< batches in which a function threw while they were open
};

} // namespace sluice
