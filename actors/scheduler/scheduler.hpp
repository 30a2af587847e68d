// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/actor_system_config.hpp>

#include <sluice/actors/scheduler/turn_board.hpp>

namespace sluice {

/// Gives the actor systems made from `config` a scheduler of ours instead of one of CAF's two: what wakes which worker
/// thread is measured in docs/decisions/0014-caf-settings.md, and how it is decided is in `job_queue`; that they keep
/// to different CPUs is in `cpu_seat`. Threads and messages a turn are CAF's settings `scheduler.max-threads` and
/// `scheduler.max-throughput`.
/// @param turns where the workers note whose turn it is.
void use_job_queue(caf::actor_system_config& config, std::shared_ptr<turn_board> turns);

} // namespace sluice
