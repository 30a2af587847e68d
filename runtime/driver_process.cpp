// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver_process.hpp>

#include <condition_variable>
#include <mutex>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <sluice/actors/config.hpp>
#include <sluice/actors/errors.hpp>
#include <sluice/runtime/coordinator_actor.hpp>

namespace sluice {

namespace {

/// What the threads of the process and the coordinator share.
struct run_status {
  std::mutex mutex;
  std::condition_variable changed;
  bool started = false;
  bool stopped = false;
  caf::error why;
};

} // namespace

// The order matters: the actor system waits for its actors, which use what comes before it.
struct driver_process::content {
  content(std::size_t threads, bool networked) : config{threads, networked}, system{config} {}

  std::shared_ptr<run_status> status = std::make_shared<run_status>();
  system_config config;
  caf::actor_system system;
  coordinator_actor coordinator;
};

driver_process::driver_process(launch_options what)
    : content_{std::make_unique<content>(what.local_threads, !what.how.nodes.empty())} {
  what.on_started = [status = content_->status] {
    const std::lock_guard lock{status->mutex};
    status->started = true;
    status->changed.notify_all();
  };
  what.on_stopped = [status = content_->status](caf::error why) {
    const std::lock_guard lock{status->mutex};
    status->stopped = true;
    status->why = std::move(why);
    status->changed.notify_all();
  };
  content_->coordinator = content_->system.spawn(coordinator_behavior, std::move(what));
}

void driver_process::wait_until_started() {
  auto& status = *content_->status;
  std::unique_lock lock{status.mutex};
  status.changed.wait(lock, [&status] { return status.started || status.stopped; });
  if (!status.started)
    throw runtime_failure{status.why ? describe(status.why) : "the program was stopped before it had started"};
}

driver_process::~driver_process() { request_stop(stop_mode::immediate); }

void driver_process::request_stop(stop_mode mode) {
  caf::anon_send(content_->coordinator, stop_atom::value, mode == stop_mode::graceful);
}

bool driver_process::wait_for(std::chrono::milliseconds patience) {
  auto& status = *content_->status;
  std::unique_lock lock{status.mutex};
  return status.changed.wait_for(lock, patience, [&status] { return status.stopped; });
}

void driver_process::wait() {
  auto& status = *content_->status;
  std::unique_lock lock{status.mutex};
  status.changed.wait(lock, [&status] { return status.stopped; });
}

caf::error driver_process::reason() const {
  const std::lock_guard lock{content_->status->mutex};
  return content_->status->why;
}

} // namespace sluice
