// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/config.hpp>
#include <sluice/actors/interfaces.hpp>
#include <sluice/actors/roll_call.hpp>
#include <sluice/operators/operator_actor.hpp>
#include <sluice/runtime/composition.hpp>
#include <sluice/runtime/planner.hpp>

namespace sluice {

/// What a driver asks a worker to host.
struct placement_request {
  std::uint32_t default_partitions = 1; ///< by which the plan is made
  stage_id stage;
  partition_id partition;
  std::optional<batch_time> zero; ///< see batch_grid
};

/// The programs that drivers have asked a worker to take part in. The node actor adds them; operators, which
/// `remote_spawn` makes on whatever thread, look theirs up. Thread safe.
class job_registry {
public:
  /// The operators that live here.
  const std::shared_ptr<roll_call> roll = std::make_shared<roll_call>();

  /// Files a program and returns its number, which is never given twice.
  std::uint64_t add(std::shared_ptr<const composition> program);
  void remove(std::uint64_t job);

  /// The program of this number; null if there is none.
  std::shared_ptr<const composition> find(std::uint64_t job) const;

  /// The stage that a driver wants placed here, or what is wrong with the request.
  caf::expected<placed_stage> place(std::uint64_t job, const placement_request& what) const;

private:
  mutable std::mutex mutex_;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, std::shared_ptr<const composition>> programs_;
};

/// What a worker is.
struct node_options {
  compose_function compose;
  std::uint64_t build = 0; ///< of this executable
  std::uint32_t cores = 1; ///< worker threads it offers
  std::shared_ptr<job_registry> jobs;
};

/// The state of a node actor.
class node_state {
public:
  static inline const char* name = "sluice.node";

  explicit node_state(node_actor::pointer self) : self_{self} {}

  void open(node_options options) { options_ = std::move(options); }
  caf::result<welcome> greet(const hello& from);
  caf::result<ready_atom> share(std::uint64_t job, std::uint32_t index, const batch& value);
  caf::result<ready_atom> meet(const std::vector<std::string>& peers);
  caf::result<std::uint64_t, std::uint64_t> memory(std::uint64_t budget);
  void driver_gone(const caf::down_msg& driver);

private:
  /// What speaks against working with this driver.
  caf::error refuse(const hello& from) const;

  node_actor::pointer self_;
  node_options options_;
  std::map<caf::actor_addr, std::uint64_t> drivers_;
};

node_actor::behavior_type node_behavior(node_actor::stateful_pointer<node_state> self, node_options options);

/// Lets other nodes spawn operators of the jobs in `jobs` in the actor system made from `config`.
void offer_operators(caf::actor_system_config& config, std::shared_ptr<job_registry> jobs);

} // namespace sluice
