// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <caf/node_id.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/actors/system/roll_call.hpp>
#include <sluice/runtime/driver/launch.hpp>
#include <sluice/runtime/driver/placement.hpp>
#include <sluice/runtime/driver/supervision.hpp>
#include <sluice/runtime/intake/admission.hpp>

namespace sluice {

/// A program whose actors are in place and wired up.
struct deployed_program {
  std::map<stream_id, generator_actor> generators; ///< of the inputs that lead to an output
  std::shared_ptr<admission> gate;                 ///< of all inputs
  store_actor store;                               ///< null if nothing is kept
  std::vector<node_actor> nodes;                   ///< the workers' actors
};

/// The part of the coordinator actor that places a program: greets the workers, spawns operators there and here, then
/// wires everything up, downstream first. Works in steps of one round of messages; no step starts before the one before
/// is over, and the first error ends it. Every actor watches the coordinator from birth, and the coordinator every
/// actor.
class deployment : public std::enable_shared_from_this<deployment> {
public:
  /// Exactly one of these is called, once.
  struct callbacks {
    std::function<void(deployed_program)> done;
    std::function<void(caf::error)> failed;
  };

  /// @param watched gets every actor that the coordinator monitors.
  deployment(coordinator_actor::pointer self, const launch_options& options, supervision& watched, callbacks then)
      : self_{self}, options_{options}, watched_{watched}, then_{std::move(then)} {}

  void start();

  /// Forgets the callbacks; what has been spawned, or is just being spawned, quits with the coordinator.
  void cancel() { then_ = {}; }

private:
  struct worker {
    node_address address;
    caf::node_id id;
    node_actor node;
    welcome answer;
  };

  /// Monitors an actor of the run, and takes its name down.
  template <class Handle>
  void watch(const Handle& actor, participant as) {
    if (options_.roll && !as.where)
      options_.roll->enter(actor, as.name);
    watched_.watch(actor.address(), std::move(as));
    self_->monitor(actor);
  }

  void greet(std::size_t index);
  void say_hello(std::size_t index, caf::node_id id, node_actor node);
  void share(std::size_t index, std::uint32_t value);
  void introduce_workers();
  void introduced();
  void spawn_operators();
  void spawn_remote(const worker& on, const stage_plan& stage, partition_id partition);
  void spawn_local(const stage_plan& stage, partition_id partition);
  std::string name_of(const stage_plan& stage, partition_id partition) const;
  void spawned();
  void spawn_generators();
  void spawn_store();
  void wire();
  void wired();
  void fail(caf::error why);

  placement_terms terms() const;
  std::optional<batch_time> zero_time() const; ///< see batch_grid; none before the first commit
  wiring links(std::span<const plan_edge> edges) const;

  /// An error handler that puts `where` before our own errors, and `where` and `what` before those of CAF.
  std::function<void(caf::error&)> failing(std::string where, std::string what);

  coordinator_actor::pointer self_;
  const launch_options& options_;
  supervision& watched_;
  callbacks then_;
  std::vector<worker> workers_;
  std::shared_ptr<const placement> placement_;
  std::map<std::pair<stage_id, partition_id>, operator_actor> operators_;
  deployed_program program_;
  std::size_t pending_ = 0;
};

} // namespace sluice
