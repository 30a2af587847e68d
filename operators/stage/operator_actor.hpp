// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/operators/shared/accumulator_ledger.hpp>
#include <sluice/operators/stage/stage.hpp>

namespace sluice {

class stage_router;

/// One partition of one stage, ready to be hosted: which stage of the plan it is, and its logic.
struct placed_stage {
  stage_plan plan;
  partition_id partition;
  std::unique_ptr<stage> logic;
  std::shared_ptr<accumulator_ledger> sums = {}; ///< where they end, on the driver; null: they travel on
};

/// Makes the hosted stage on the actor's own node; an error is what `deploy` answers. A function and not the stage
/// itself because CAF copies what an actor is spawned with.
using stage_maker = std::function<expected<placed_stage>()>;

/// The state of an operator actor: unpacks messages, calls the stage, does what the stage returns.
class operator_shell {
public:
  static inline const char* name = "sluice.operator";

  explicit operator_shell(operator_actor::pointer self) : self_{self} {}

  /// Hosts what `make` makes. Called once, before any message.
  void host(const stage_maker& make);

  caf::typed_response_promise<ready_atom> deploy(wiring links);
  void data(const edge_mark& mark, const batch& records);
  void end(const end_mark& mark);
  void last(const end_mark& mark, const batch& records);
  void add(const edge_mark& mark, std::uint32_t accumulator, std::uint64_t sum);
  void show(const tail_request& what);

private:
  struct restore_progress;

  /// Calls `step`, which may run user code; then does its effects, or reports its failure and goes silent.
  template <class Step>
  void run(const edge_mark& mark, Step&& step);
  void send_effects();
  void report_failures();
  void report_activity();
  void send_sums(const stage_router& router);
  void fail(caf::error reason);
  void restore_next(std::shared_ptr<restore_progress> progress);

  operator_actor::pointer self_;
  placed_stage placed_;
  caf::error broken_; ///< why this operator cannot work; nothing if it can
  wiring links_;
  std::map<edge_id, std::vector<downstream_actor>> targets_;
  std::int64_t reported_ = 0; ///< when the last activity was, by the meter's clock
};

/// @param coordinator with which the actor ends, also if it was never deployed.
operator_actor::behavior_type operator_behavior(operator_actor::stateful_pointer<operator_shell> self,
                                                const progress_actor& coordinator, const stage_maker& make);

} // namespace sluice
