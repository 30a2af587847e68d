// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver_process.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <sluice/actors/config.hpp>
#include <sluice/actors/errors.hpp>
#include <sluice/actors/log.hpp>
#include <sluice/receivers/side_thread.hpp>
#include <sluice/runtime/coordinator_actor.hpp>

namespace sluice {

namespace {

/// For `stop` of a source, or what it is doing when the program ends.
constexpr std::chrono::milliseconds patience_at_the_end{1000};

} // namespace

struct driver_process::content {
  std::mutex mutex; ///< guards all but the thread
  std::condition_variable changed;
  coordinator_actor coordinator; ///< while there is one
  bool started = false;
  bool stopped = false;
  bool ended = false; ///< the actor system is gone
  caf::error why;
  std::thread owner;
};

driver_process::driver_process(launch_options what) : content_{std::make_unique<content>()} {
  content_->owner = std::thread{[this, what = std::move(what)]() mutable {
    try {
      live(std::move(what));
    } catch (const std::exception& e) {
      set_stopped(make_error(ec::connection_failed, e.what()));
    }
    const std::lock_guard lock{content_->mutex};
    content_->ended = true;
    content_->changed.notify_all();
  }};
  std::unique_lock lock{content_->mutex};
  content_->changed.wait(lock, [this] { return content_->coordinator != nullptr || content_->ended; });
}

driver_process::~driver_process() {
  request_stop(stop_mode::immediate);
  content_->owner.join();
}

// On a thread of its own, because CAF wants an actor system to end on the thread it began on: that thread holds on to
// the system's logger, for whose end the system waits.
void driver_process::live(launch_options what) {
  const auto input_threads = std::make_shared<real_side_threads>();
  what.input_threads = input_threads;
  run(std::move(what));
  for (const auto& name : input_threads->wait(patience_at_the_end))
    log_warning(name + ": a function of this input still runs; it is left behind");
}

void driver_process::run(launch_options what) {
  system_config config{what.local_threads, !what.how.nodes.empty()};
  caf::actor_system system{config};
  what.on_started = [this] {
    const std::lock_guard lock{content_->mutex};
    content_->started = true;
    content_->changed.notify_all();
  };
  what.on_stopped = [this](caf::error why) { set_stopped(std::move(why)); };
  std::unique_lock lock{content_->mutex};
  content_->coordinator = system.spawn(coordinator_behavior, std::move(what));
  content_->changed.notify_all();
  content_->changed.wait(lock, [this] { return content_->stopped; });
  content_->coordinator = nullptr;
}

void driver_process::set_stopped(caf::error why) {
  const std::lock_guard lock{content_->mutex};
  content_->stopped = true;
  content_->why = std::move(why);
  content_->changed.notify_all();
}

void driver_process::wait_until_started() {
  std::unique_lock lock{content_->mutex};
  content_->changed.wait(lock, [this] { return content_->started || content_->stopped; });
  if (!content_->started)
    throw runtime_failure{content_->why ? describe(content_->why) : "the program was stopped before it had started"};
}

void driver_process::request_stop(stop_mode mode) {
  const std::lock_guard lock{content_->mutex};
  if (content_->coordinator)
    caf::anon_send(content_->coordinator, stop_atom::value, mode == stop_mode::graceful);
}

bool driver_process::wait_for(std::chrono::milliseconds patience) {
  std::unique_lock lock{content_->mutex};
  return content_->changed.wait_for(lock, patience, [this] { return content_->ended; });
}

void driver_process::wait() {
  std::unique_lock lock{content_->mutex};
  content_->changed.wait(lock, [this] { return content_->ended; });
}

caf::error driver_process::reason() const {
  const std::lock_guard lock{content_->mutex};
  return content_->why;
}

} // namespace sluice
