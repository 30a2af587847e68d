// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/view/state_view.hpp>

namespace sluice::detail {

class bounded_thread;

/// Keeps a view of the states of a running program: reads what is committed, on a thread of its own, then follows the
/// commits, and ends a minute after the last look. Costs the program nothing until it is made, and little after: its
/// commits hand over what they have written.
class state_watch {
public:
  using clock = std::chrono::steady_clock;

  /// How far it is.
  struct progress {
    bool is_ready = false;
    bool has_ended = false;        ///< nobody has looked for a minute
    error failure;                 ///< why there is no view, and will not be one
    std::uint64_t pieces_read = 0; ///< of the states, while it is not ready
  };

  /// Starts to read. The log must be one whose owner holds its lock for each call. At most one watch a log.
  state_watch(const std::shared_ptr<checkpoint_log>& log, const state_view::options& how);

  ~state_watch();
  state_watch(const state_watch&) = delete;
  state_watch& operator=(const state_watch&) = delete;

  progress how_far() const;

  /// Calls `visit(view)`, which must be quick: new commits wait for it. False if there is no view, or none any more.
  bool show(const std::function<void(const state_view&)>& visit, clock::time_point now);

private:
  struct told_commit {
    batch_time time;
    std::vector<state_update> changes;
  };

  void run(const std::stop_token& stop);
  error read_all(const std::stop_token& stop, bounded_thread& thread);
  error read_state(const manifest& version, const state_id& id, const std::stop_token& stop, bounded_thread& thread);
  error follow(const std::stop_token& stop, bounded_thread& thread);
  error apply(told_commit next, const std::stop_token& stop, bounded_thread& thread);
  bool nobody_looks() const;
  void end(progress how);

  std::weak_ptr<checkpoint_log> log_;
  state_view::options how_;

  mutable std::mutex mutex_; ///< of what follows, up to the view
  std::condition_variable_any told_;
  std::deque<told_commit> commits_; ///< not yet in the view
  std::size_t commits_bytes_ = 0;
  progress progress_;
  clock::time_point looked_; ///< when somebody did last

  std::atomic<int> lookers_ = 0; ///< that wait for the view: whoever changes it lets them go first
  std::mutex view_mutex_;
  std::unique_ptr<state_view> view_;
  std::jthread thread_; ///< uses all of the above
};

} // namespace sluice::detail
