// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/driver_process.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/actors/os/side_thread.hpp>
#include <sluice/actors/system/config.hpp>
#include <sluice/actors/system/roll_call.hpp>
#include <sluice/runtime/driver/coordinator_actor.hpp>
#include <sluice/runtime/driver/node_wait.hpp>
#include <sluice/runtime/node/pause_watch.hpp>

namespace sluice {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds probe_patience{1};

/// For `stop` of a source, or what it is doing when the program ends.
constexpr std::chrono::milliseconds patience_at_the_end{1000};

// If a program calls the context itself, nothing else waits for the end of the actor system. Then this tells the user
// what it waits for.
constexpr std::chrono::seconds quiet_end{10};

} // namespace

struct driver_process::content {
  std::mutex mutex; ///< guards all that is not constant but the thread
  std::condition_variable changed;
  std::function<void(error)> on_stopped; ///< the caller's
  duration node_timeout{0};              ///< 0: there are no nodes
  const std::shared_ptr<roll_call> roll = std::make_shared<roll_call>();
  std::shared_ptr<turn_board> turns; ///< once there is an actor system
  coordinator_actor coordinator;     ///< while there is one
  std::optional<stop_mode> asked;
  bool started = false;
  bool stopped = false;
  clock::time_point stopped_at;
  bool told_who_is_left = false;
  bool ended = false; ///< the actor system is gone
  error why;
  pause_watch pauses{time_since_boot()};
  std::thread owner;
};

driver_process::driver_process(launch_options what) : content_{std::make_unique<content>()} {
  content_->on_stopped = std::move(what.on_stopped);
  if (!what.how.nodes.empty())
    content_->node_timeout = what.how.node_timeout;
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
}

driver_process::~driver_process() {
  request_stop(stop_mode::immediate);
  wait();
  content_->owner.join();
}

// On a thread of its own, because CAF wants an actor system to end on the thread it began on: that thread holds on to
// the system's logger, for whose end the system waits.
void driver_process::live(launch_options what) {
  const auto how = what.how;
  if (auto err = wait_for_nodes(how))
    return set_stopped(std::move(err));
  const auto input_threads = std::make_shared<real_side_threads>();
  what.input_threads = input_threads;
  run(std::move(what));
  for (const auto& name : input_threads->wait(patience_at_the_end))
    log_warning(name + ": a function of this input still runs; it is left behind");
}

void driver_process::run(launch_options what) {
  const auto how = what.how;
  system_config config{what.local_threads, !how.nodes.empty(), how.node_timeout, how.scheduler};
  caf::actor_system system{config};
  what.roll = content_->roll;
  what.on_started = [this] {
    const std::lock_guard lock{content_->mutex};
    content_->started = true;
    content_->changed.notify_all();
  };
  what.on_stopped = [this](error why) { set_stopped(std::move(why)); };
  {
    const std::lock_guard lock{content_->mutex};
    content_->turns = config.turns;
    if (!content_->asked)
      content_->coordinator = system.spawn(coordinator_behavior, std::move(what));
  }
  if (!content_->coordinator)
    return set_stopped({});
  content_->roll->enter(content_->coordinator, "the coordinator, which calls streaming listeners");
  // On every way out: if something threw in it, nobody has been told.
  content_->coordinator->attach_functor([this](const caf::error& why) { set_stopped(why); });
  watch_until_stopped(how);
  const std::lock_guard lock{content_->mutex};
  content_->coordinator = nullptr;
}

error driver_process::wait_for_nodes(const runtime_options& how) {
  node_wait::world around;
  around.problem_at = [](const node_address& x) { return problem_at(x, probe_patience); };
  around.now = [] { return duration{time_since_boot().count()}; };
  around.pause = [this](duration d) {
    std::unique_lock lock{content_->mutex};
    return !content_->changed.wait_for(lock, d, [this] { return content_->asked.has_value(); });
  };
  around.say = [](std::string_view what) { log_info(what); };
  return node_wait{around}.until_all_listen(how.nodes, how.wait_for_nodes);
}

void driver_process::watch_until_stopped(const runtime_options& how) {
  std::unique_lock lock{content_->mutex};
  const auto stopped = [this] { return content_->stopped; };
  if (how.nodes.empty())
    return content_->changed.wait(lock, stopped);
  content_->pauses = pause_watch{time_since_boot()}; // nobody has looked while it waited for its nodes
  while (!content_->changed.wait_for(lock, pause_watch::period, stopped))
    if (const auto pause = content_->pauses.look(time_since_boot()))
      log_warning(describe_pause(*pause, how.node_timeout));
}

void driver_process::set_stopped(error why) {
  std::function<void(error)> tell;
  {
    const std::lock_guard lock{content_->mutex};
    if (content_->stopped)
      return;
    if (is(why, ec::node_lost)) {
      const auto now = time_since_boot();
      content_->pauses.look(now);
      if (const auto pause = content_->pauses.last(now, content_->node_timeout))
        why = make_error(ec::node_lost, describe(why) + "; " + describe_pause(*pause, content_->node_timeout));
    }
    content_->why = why;
    tell = std::move(content_->on_stopped);
  }
  // Before the teardown, because parts of it may not end.
  if (tell)
    tell(std::move(why));
  const std::lock_guard lock{content_->mutex};
  content_->stopped = true;
  content_->stopped_at = clock::now();
  content_->changed.notify_all();
}

void driver_process::wait_until_started() {
  std::unique_lock lock{content_->mutex};
  content_->changed.wait(lock, [this] { return content_->started || content_->stopped; });
  if (content_->started)
    return;
  if (content_->why)
    throw runtime_failure{describe(content_->why)};
  throw stopped_before_start{};
}

void driver_process::request_stop(stop_mode mode) {
  const std::lock_guard lock{content_->mutex};
  content_->asked = mode;
  content_->changed.notify_all();
  if (content_->coordinator)
    caf::anon_send(content_->coordinator, stop_atom::value, mode == stop_mode::graceful);
}

bool driver_process::wait_for(std::chrono::milliseconds patience) {
  const auto end = clock::now() + patience;
  std::unique_lock lock{content_->mutex};
  while (!content_->ended && clock::now() < end) {
    content_->changed.wait_until(lock, std::min(end, clock::now() + quiet_end));
    if (content_->stopped && !content_->ended && clock::now() - content_->stopped_at >= quiet_end
        && !std::exchange(content_->told_who_is_left, true))
      tell_who_is_left();
  }
  return content_->ended;
}

void driver_process::tell_who_is_left() const {
  const auto who = content_->roll->present();
  if (who.empty())
    log_warning("the program has stopped, and waits for a node that accepts connections and says nothing");
  for (const auto& each : who)
    log_warning("the program has stopped, and waits for what has not ended yet: " + each);
}

void driver_process::wait() {
  while (!wait_for(std::chrono::hours{24})) {
  }
}

error driver_process::reason() const {
  const std::lock_guard lock{content_->mutex};
  return content_->why;
}

std::vector<std::string> driver_process::present() const {
  const std::lock_guard lock{content_->mutex};
  auto running = content_->turns ? content_->roll->running(*content_->turns) : std::vector<std::string>{};
  return running.empty() ? content_->roll->present() : running;
}

} // namespace sluice
