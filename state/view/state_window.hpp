// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/view/state_watch.hpp>

namespace sluice::detail {

/// Where the states of a running program can be looked at. It reads them when somebody first asks, follows them while
/// somebody does, and forgets them a minute after. Thread safe.
class state_window {
public:
  using clock = state_watch::clock;

  explicit state_window(const state_view::options& how = {}) : how_{how} {}

  /// The program goes on with this checkpoint.
  void open(const std::shared_ptr<checkpoint_log>& log);

  /// Lets go of the checkpoint, which is to be opened again.
  void close();

  /// What came of a look.
  struct outcome {
    bool was_shown = false;
    error failure;                 ///< why there is nothing to look at; none: it is being read, so look again
    std::uint64_t pieces_read = 0; ///< meanwhile
  };

  /// Shows the view to `visit`, which must be quick: commits of the program wait for it to be followed.
  outcome look(const std::function<void(const state_view&)>& visit, clock::time_point now);

private:
  const state_view::options how_;
  std::mutex mutex_;
  std::weak_ptr<checkpoint_log> log_;
  std::unique_ptr<state_watch> watch_; ///< null: nobody has looked
  clock::time_point made_;             ///< the watch
};

} // namespace sluice::detail
