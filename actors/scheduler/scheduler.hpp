// SPDX-License-Identifier: BSD-3-Clause
//
// The order in which worker threads run actors. A job is an actor that has messages. CAF asks three things of a
// scheduler: run each job once, send delayed messages when they are due, and stop. This folder does that with as few
// wake-ups as it can; docs/decisions/0014-caf-settings.md has the measurements. `job_queue` decides who runs a job and
// who is woken, `alarm_list` keeps the delayed messages, `cpu_seat` keeps workers on different CPUs, `turn_board` says
// whose turn it is. All four are free of CAF. `scheduler.cpp` joins them to CAF, and includes CAF's internal headers.
//
// The invariants:
//
//  1. A job is in one place: in the queue, in the slot of one worker, or running on one. CAF hands a job over
//     when its empty mailbox gets a message, so never twice at a time.
//  2. Each worker takes the job in its own slot before any other, but fewer than `most_in_a_row` times in a
//     row. So a job in the queue waits for a few jobs of each worker, not for a chain of jobs that never ends.
//  3. A job never waits while all workers sleep. A worker looks into its slot and into the queue, under the
//     lock, before it sleeps. A push from another thread wakes a sleeper. A push by a worker may leave it
//     asleep, because that worker is awake and looks before it sleeps.
//  4. A worker that sleeps is in one place: among the sleepers, among the parked spare ones, or as the one that
//     keeps the time. Whoever wakes it takes it out and sets its `woken_`, both under the lock. Other wake-ups
//     count for nothing.
//  5. An alarm rings although nobody was woken for it. A worker asks for the next alarm under the lock before
//     it sleeps, and `alarm_set` takes the lock after the alarm was added. So the worker sees the alarm, or
//     `alarm_set` sees the sleeper. If a worker sleeps that is not parked, and an alarm is set, then one keeps
//     the time or one is awake.
//  6. The queue's lock is never held while a job runs, an alarm rings or a thread starts, and no other lock is
//     taken under it. No actor runs under any lock of this folder.
//  7. A slot belongs to its worker, but for `woken_`, which the lock guards. What a worker sleeps on belongs to
//     the queue and lives as long, because a worker may be gone before it is notified. The queue outlives all
//     calls.
//  8. For each worker that waits in a `blocking_section` and was replaced there is one more: `awake_` counts
//     neither those that wait nor those that sleep, and `surplus_` those that are too many since somebody went
//     on. There are never more than `most_spares` spare threads, and none ends before the queue is closed.
//  9. A worker leaves when the queue is closed and it has nothing left to run. What is pushed later stays, and
//     `try_pop` finds it.
// 10. The order of messages between two actors is their mailbox's. The scheduler does not touch it.
#pragma once

#include <memory>

#include <caf/actor_system_config.hpp>

#include <sluice/actors/scheduler/turn_board.hpp>

namespace sluice {

/// Gives the actor systems made from `config` the scheduler of this folder instead of CAF's. Threads and messages a
/// turn are CAF's settings `scheduler.max-threads` and `scheduler.max-throughput`.
/// @param turns where the workers note whose turn it is.
void use_job_queue(caf::actor_system_config& config, std::shared_ptr<turn_board> turns);

} // namespace sluice
