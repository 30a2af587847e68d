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
#include <sluice/runtime/driver/restart_budget.hpp>
#include <sluice/runtime/monitor/run_monitor.hpp>
#include <sluice/runtime/monitor/streaming_listener.hpp>
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

// While an epoch ends, how often it looks whether the program is to stop.
constexpr std::chrono::milliseconds look_at_teardown{20};

/// The same error, with more words.
error extended(const error& why, const std::string& what) { return make_error(why.code(), describe(why) + what); }

constexpr std::uint64_t no_epoch = 0; // numbers begin at 1

} // namespace

struct driver_process::content {
  /// What is to follow a failure.
  struct restart {
    error why;
    duration pause;
  };

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
  std::optional<restart_budget> restarts;           ///< none: the first failure is the end
  std::uint64_t epoch = 0;                          ///< the number of the one that runs
  std::optional<restart> next;                      ///< the epoch that runs has failed, and another one is to follow
  std::shared_ptr<real_side_threads> input_threads; ///< of the epoch; for the owner's thread
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
  run(std::move(what));
  if (content_->input_threads)
    for (const auto& name : content_->input_threads->wait(patience_at_the_end))
      log_warning(name + ": a function of this input still runs; it is left behind");
}

void driver_process::run(launch_options what) {
  const auto& how = what.how;
  system_config config{what.local_threads, !how.nodes.empty(), how.node_timeout, how.scheduler};
  caf::actor_system system{config};
  what.roll = content_->roll;
  what.on_started = [this] {
    const std::lock_guard lock{content_->mutex};
    content_->started = true;
    content_->changed.notify_all();
  };
  {
    const std::lock_guard lock{content_->mutex};
    content_->turns = config.turns;
    if (what.program->restart && what.reopen) {
      content_->restarts.emplace(*what.program->restart);
      what.restarts_left = content_->restarts->policy().max;
    }
  }
  do {
    content_->input_threads = std::make_shared<real_side_threads>();
    what.input_threads = content_->input_threads;
    what.on_stopped = [this, number = what.life.number](error why) { epoch_over(number, std::move(why)); };
    auto now = what;
    what.log = nullptr;    // the store must be its only owner,
    what.blocks = nullptr; // and the write-ahead log of this one
    run_epoch(system, std::move(now));
  } while (prepare_next(what));
}

void driver_process::run_epoch(caf::actor_system& system, launch_options what) {
  const auto how = what.how;
  const auto number = what.life.number;
  {
    const std::lock_guard lock{content_->mutex};
    content_->epoch = number;
    if (!content_->asked)
      content_->coordinator = system.spawn(coordinator_behavior, std::move(what));
  }
  if (!content_->coordinator)
    return set_stopped({});
  content_->roll->enter(content_->coordinator, "the coordinator, which calls streaming listeners");
  // On every way out: if something threw in it, nobody has been told.
  content_->coordinator->attach_functor([this, number](const caf::error& why) { epoch_over(number, why); });
  watch_epoch(how);
  const std::lock_guard lock{content_->mutex};
  content_->coordinator = nullptr;
}

void driver_process::epoch_over(std::uint64_t number, error why) {
  {
    const std::lock_guard lock{content_->mutex};
    if (number != content_->epoch || content_->next || content_->stopped)
      return;
    // What fails before the first batch fails again; and a program that is to stop has had its chance.
    if (why && content_->restarts && content_->started && !content_->asked) {
      if (const auto pause = content_->restarts->failed(clock::now())) {
        content_->next = {std::move(why), *pause};
        content_->changed.notify_all();
        return;
      }
      const auto& policy = content_->restarts->policy();
      why = extended(why, "; this was after " + std::to_string(policy.max) + " restarts within "
                              + to_string(policy.within) + ", which is as many as are allowed");
    }
  }
  set_stopped(std::move(why));
}

bool driver_process::prepare_next(launch_options& what) {
  if (!wait_for_teardown(what))
    return false;
  const epoch_info ended{what.life.number, describe(failure()), {}, restarts_left()};
  if (what.monitor)
    what.monitor->on_epoch_ended(ended);
  if (what.listeners)
    what.listeners->for_each([&ended](streaming_listener& x) { x.on_epoch_ended(ended); });
  while (wait_for_pause()) {
    auto problem = wait_for_nodes(what.how);
    if (!problem && !is_asked())
      problem = reopen(what);
    {
      const std::lock_guard lock{content_->mutex};
      content_->next.reset();
      if (!problem && !content_->asked)
        return true;
    }
    if (problem)
      log_warning("the next epoch cannot start: " + describe(problem));
    epoch_over(no_epoch, std::move(problem)); // as if one had failed
  }
  return false;
}

/// The epoch has failed, and nobody has stopped the program since: waits until all parts of the epoch are gone.
bool driver_process::wait_for_teardown(const launch_options& what) {
  const auto why = failure();
  if (!why)
    return false;
  const auto receives = std::ranges::any_of(what.program->inputs, [&what](const any_input& x) {
    return x.make_receiver && !(what.blocks_found && goes_through_log(x, what.how));
  });
  log_warning("epoch " + std::to_string(what.life.number) + " has ended: " + describe(why)
              + "; the program goes back to its last commit"
              + (receives ? ", without what receivers got since that is in no write-ahead log" : "")
              + "; restarts that are left: " + std::to_string(restarts_left()) + " within "
              + to_string(what.program->restart->within));
  const auto end = clock::now() + graceful_stop_timeout(what.how, what.program->interval);
  while (!content_->roll->wait_until_empty(look_at_teardown) && !is_asked() && clock::now() < end) {
  }
  auto left = present();
  if (left.empty())
    left = wait_for_threads(std::max(end, clock::now() + patience_at_the_end));
  if (is_asked()) {
    set_stopped({});
    return false;
  }
  if (!left.empty()) {
    set_stopped(extended(why, "; the program cannot go on, because this does not return: " + left.front()));
    return false;
  }
  const std::lock_guard lock{content_->mutex};
  content_->epoch = no_epoch;
  return true;
}

/// Of inputs, and of the write-ahead log, which is closed on its own: on a slow disk that takes its time. Returns those
/// that are left at `end`, or when the program is to stop.
std::vector<std::string> driver_process::wait_for_threads(clock::time_point end) {
  auto left = content_->input_threads->wait(look_at_teardown);
  while (!left.empty() && !is_asked() && clock::now() < end)
    left = content_->input_threads->wait(look_at_teardown);
  return left;
}

/// False once the program has stopped.
bool driver_process::wait_for_pause() {
  {
    std::unique_lock lock{content_->mutex};
    if (content_->stopped)
      return false;
    if (!content_->changed.wait_for(lock, content_->next->pause, [this] { return content_->asked.has_value(); }))
      return true;
  }
  set_stopped({});
  return false;
}

error driver_process::reopen(launch_options& what) {
  auto kept = what.reopen();
  if (!kept)
    return std::move(kept.error());
  if (auto err = what.follow_failure(std::move(*kept), restarts_left()))
    return err;
  const auto& last = what.checkpoint->last_commit;
  log_info("epoch " + std::to_string(what.life.number) + " goes on after "
           + (last ? "batch " + to_string(last->time) : std::string{"nothing: no batch was committed"}));
  if (what.blocks_found)
    for (const auto& line : describe_log(what))
      log_info(line);
  return {};
}

error driver_process::failure() const {
  const std::lock_guard lock{content_->mutex};
  return content_->stopped ? error{} : content_->next->why;
}

std::uint32_t driver_process::restarts_left() const {
  const std::lock_guard lock{content_->mutex};
  return content_->restarts->left(clock::now());
}

bool driver_process::is_asked() const {
  const std::lock_guard lock{content_->mutex};
  return content_->asked.has_value();
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

void driver_process::watch_epoch(const runtime_options& how) {
  std::unique_lock lock{content_->mutex};
  const auto over = [this] { return content_->stopped || content_->next; };
  if (how.nodes.empty())
    return content_->changed.wait(lock, over);
  content_->pauses = pause_watch{time_since_boot()}; // nobody has looked while it waited for its nodes
  while (!content_->changed.wait_for(lock, pause_watch::period, over))
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
        why = extended(why, "; " + describe_pause(*pause, content_->node_timeout));
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

void driver_process::look_at_controls() {
  const std::lock_guard lock{content_->mutex};
  if (content_->coordinator)
    caf::anon_send(content_->coordinator, limit_atom::value);
}

bool driver_process::request_restart(const std::string& why) {
  const std::lock_guard lock{content_->mutex};
  if (!content_->coordinator || !content_->restarts || content_->asked || content_->next)
    return false;
  caf::anon_send(content_->coordinator, restart_atom::value, why);
  return true;
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
