// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/driver/launch.hpp>
#include <sluice/runtime/driver/stop_mode.hpp>

namespace sluice {

/// A program was asked to stop before its batches began.
class stopped_before_start : public runtime_failure {
public:
  stopped_before_start() : runtime_failure{"the program was stopped before it had started"} {}
};

/// The driver's own actor system with one running program. After a failure the same actor system starts the program's
/// next epoch, as often as its restart_policy allows. Blocking calls; thread safe but for construction and destruction.
class driver_process {
public:
  /// Begins to start the program, and returns at once. `on_started` and `roll` of `what` are this class's own.
  explicit driver_process(launch_options what);

  /// Waits until everything has ended. If a function of the user does not return and the process must not wait for it,
  /// the process has to end instead; `present` names such functions.
  ~driver_process();
  driver_process(const driver_process&) = delete;
  driver_process& operator=(const driver_process&) = delete;

  /// Waits until batches begin. Throws stopped_before_start, or runtime_failure if they never do for another reason;
  /// some actors may still be ending then.
  void wait_until_started();

  /// Asks the program to stop, and returns at once. A program whose batches have not begun stops at once either way.
  void request_stop(stop_mode mode);

  /// The controls of the program have been changed: it is to look at them.
  void look_at_controls();

  /// Ends the running epoch as a failure would, so that the next one goes on from the last commit; `why` is told. False
  /// if no epoch may follow, or none runs.
  bool request_restart(const std::string& why);

  /// Waits until the program has stopped and its actor system is gone. Then a checkpoint directory is free again, and
  /// no function of the user runs any more, except one of an input that has not returned for a second
  /// (`real_side_threads::running`). False if that is not so at the end of `patience`.
  bool wait_for(std::chrono::milliseconds patience);
  void wait();

  /// Why the program stopped; nothing if it was asked to, or still runs.
  error reason() const;

  /// The parts of the program that run in this process right now, for people; if none does, those that have not ended.
  std::vector<std::string> present() const;

private:
  struct content;

  /// Runs the program from its beginning to its end.
  void live(launch_options what);
  void run(launch_options what);
  error wait_for_nodes(const runtime_options& how);

  /// Runs one epoch until it is over: then either the program has stopped, or another epoch is to follow.
  void run_epoch(caf::actor_system& system, launch_options what);
  void watch_epoch(const runtime_options& how);
  void epoch_over(std::uint64_t number, error why);

  /// After an epoch: waits until all of it is gone and the pause is over, and makes `what` the next one. False once the
  /// program has stopped.
  bool prepare_next(launch_options& what);
  bool wait_for_teardown(const launch_options& what);
  std::vector<std::string> wait_for_threads(std::chrono::steady_clock::time_point end);
  bool wait_for_pause();
  error reopen(launch_options& what);

  error failure() const; ///< of the epoch that is to be followed by another; none once the program has stopped
  std::uint32_t restarts_left() const;
  bool is_asked() const;
  void set_stopped(error why);
  void tell_who_is_left() const;

  std::unique_ptr<content> content_;
};

} // namespace sluice
