// SPDX-License-Identifier: BSD-3-Clause
//
// The last step of a deployment: tells every operator and every input where its records go, and waits until all of them
// are ready.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/runtime/plan/planner.hpp>

namespace sluice {

/// The actors of a program, before they know each other.
struct spawned_actors {
  std::map<std::pair<stage_id, partition_id>, operator_actor> operators; ///< every partition of every stage
  std::map<stream_id, generator_actor> generators;                       ///< of the inputs that lead to an output
  store_actor store;                                                     ///< null if nothing is kept
  log_actor log;                                                         ///< null if there is none
};

struct wiring_callbacks {
  std::function<void()> done; ///< once, if nothing fails
  std::function<void(caf::error)> failed;
};

/// Runs in the coordinator actor.
/// @param is_watched operators report what they do.
void wire_program(coordinator_actor::pointer self, const epoch& life, const topology& graph, const execution_plan& plan,
                  const spawned_actors& actors, bool is_watched, const wiring_callbacks& then);

} // namespace sluice
