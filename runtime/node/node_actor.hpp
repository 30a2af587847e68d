// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/os/process_usage.hpp>
#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/actors/system/config.hpp>
#include <sluice/actors/system/roll_call.hpp>
#include <sluice/operators/stage/operator_actor.hpp>
#include <sluice/runtime/node/job_registry.hpp>
#include <sluice/runtime/plan/composition.hpp>

namespace sluice {

/// The properties of a worker.
struct node_options {
  compose_function compose;
  std::uint64_t build = 0; ///< of this executable
  std::uint32_t cores = 1; ///< worker threads it offers
  std::shared_ptr<job_registry> jobs;
};

/// The state of a node actor.
class node_shell {
public:
  static inline const char* name = "sluice.node";

  explicit node_shell(node_actor::pointer self) : self_{self} {}

  void open(node_options options) { options_ = std::move(options); }
  caf::result<welcome> greet(const hello& from);
  caf::result<ready_atom> share(std::uint64_t job, std::uint32_t index, const batch& value);
  caf::result<ready_atom> meet(const std::vector<std::string>& peers);
  caf::result<std::uint64_t, std::uint64_t> memory(std::uint64_t budget);
  node_usage usage();
  void driver_gone(const caf::down_msg& driver);

private:
  node_actor::pointer self_;
  node_options options_;
  usage_meter meter_;
  std::map<caf::actor_addr, std::uint64_t> drivers_;
};

node_actor::behavior_type node_behavior(node_actor::stateful_pointer<node_shell> self, node_options options);

/// Lets other nodes spawn operators of the jobs in `jobs` in the actor system made from `config`.
void offer_operators(caf::actor_system_config& config, std::shared_ptr<job_registry> jobs);

} // namespace sluice
