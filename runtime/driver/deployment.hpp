// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/actors/system/roll_call.hpp>
#include <sluice/runtime/driver/handshake.hpp>
#include <sluice/runtime/driver/launch.hpp>
#include <sluice/runtime/driver/placement.hpp>
#include <sluice/runtime/driver/supervision.hpp>
#include <sluice/runtime/driver/wiring.hpp>
#include <sluice/runtime/intake/admission.hpp>
#include <sluice/runtime/monitor/run_picture.hpp>

namespace sluice {

struct batch_generator_options;

/// A program whose actors are in place and wired up.
struct deployed_program {
  std::map<stream_id, generator_actor> generators; ///< of the inputs that lead to an output
  std::shared_ptr<admission> gate;                 ///< of all inputs
  store_actor store;                               ///< null if nothing is kept
  log_actor log;                                   ///< null if no input can give the same again
  std::vector<operator_actor> gated;               ///< whose outputs wait for the log
  std::vector<node_actor> nodes;                   ///< the workers' actors
  std::vector<std::string> addresses;              ///< the same workers'
  std::vector<operator_actor> operators;           ///< all of them
};

/// The part of the coordinator actor that places a program: after the handshake with the workers it spawns operators
/// there and here, then the store and the inputs, and wires everything up. No step starts before the one before is
/// over, and the first error ends it. Every actor watches the coordinator from birth, and the coordinator every actor.
class deployment : public std::enable_shared_from_this<deployment> {
public:
  /// Exactly one of these is called, once.
  struct callbacks {
    std::function<void(deployed_program)> done;
    std::function<void(caf::error)> failed;
  };

  /// @param log for the store; null if nothing is kept.
  /// @param blocks for the write-ahead log; null if there is none.
  /// @param watched gets every actor that the coordinator monitors.
  deployment(coordinator_actor::pointer self, const launch_options& options, std::shared_ptr<checkpoint_log> log,
             std::shared_ptr<block_log> blocks, supervision& watched, callbacks then)
      : self_{self}, options_{options}, log_{std::move(log)}, blocks_{std::move(blocks)}, watched_{watched},
        then_{std::move(then)} {}

  void start();

  /// Forgets the callbacks; what has been spawned, or is just being spawned, quits with the coordinator.
  void cancel() {
    then_ = {};
    log_ = nullptr;
    blocks_ = nullptr;
  }

private:
  /// Monitors an actor of the run, and takes its name down.
  template <class Handle>
  void watch(const Handle& actor, participant as) {
    if (options_.roll && !as.where)
      options_.roll->enter(actor, as.name);
    watched_.watch(actor.address(), std::move(as));
    self_->monitor(actor);
  }

  void spawn_operators();
  void spawn_remote(const greeted_worker& on, const stage_plan& stage, partition_id partition);
  void spawn_local(const stage_plan& stage, partition_id partition);
  std::string name_of(const stage_plan& stage, partition_id partition) const;
  void spawned();
  void spawn_generators();
  caf::error spawn_store();
  void spawn_log();
  void give_what_comes_again(batch_generator_options& what) const;
  void wire();
  std::vector<stage_picture> stage_pictures() const;
  deployed_program result() const;
  void fail(caf::error why);
  std::function<void(caf::error)> failing(); ///< `fail`, for somebody else

  placement_terms terms() const;
  std::optional<batch_time> zero_time() const; ///< see batch_grid; none before the first commit

  coordinator_actor::pointer self_;
  const launch_options& options_;
  std::shared_ptr<checkpoint_log> log_; ///< until the store has it
  std::shared_ptr<block_log> blocks_;   ///< until the log has it
  supervision& watched_;
  callbacks then_;
  std::vector<greeted_worker> workers_;
  std::shared_ptr<const placement> placement_;
  spawned_actors actors_;
  std::shared_ptr<admission> gate_;
  std::size_t pending_ = 0; ///< operators that are being spawned
};

} // namespace sluice
