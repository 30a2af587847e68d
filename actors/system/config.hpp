// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <caf/actor_system_config.hpp>

#include <sluice/actors/scheduler/scheduler_kind.hpp>
#include <sluice/actors/scheduler/turn_board.hpp>
#include <sluice/actors/system/node_timeout.hpp>

namespace sluice {

/// The settings of the actor system of a process: message types, heartbeats, scheduling.
class system_config : public caf::actor_system_config {
public:
  /// @param threads worker threads of the scheduler; 0 means one per core.
  /// @param networked whether this process talks to other nodes.
  explicit system_config(std::size_t threads, bool networked, duration node_timeout = default_node_timeout,
                         scheduler_kind scheduler = scheduler_kind::own);

  /// Whose turn it is in the systems made from this. Only our own scheduler notes it.
  const std::shared_ptr<turn_board> turns = std::make_shared<turn_board>();
};

/// 128 random bits as text: names this process among all nodes. CAF derives node ids from it (it otherwise hashes the
/// host and the process id, which repeat in containers and after restarts).
const std::string& process_uuid();

} // namespace sluice
