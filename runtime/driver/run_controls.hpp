// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include <sluice/actors/base/ids.hpp>

namespace sluice {

/// A limit that somebody has set for an input while the program runs.
struct asked_limit {
  std::optional<double> max_rate = {}; ///< records per second, 0: none; nothing: the one that it was composed with
  bool is_paused = false;
};

/// What people ask of a running program: it stays when the program goes on after a failure. Thread safe. Whoever
/// changes it tells the coordinator, which reads it.
class run_controls {
public:
  /// Records on their way from one operator to another; from an operator to itself: what an input takes.
  using tail = std::pair<node_index, node_index>;

  /// Calls `change(limit)` with the limit of an input.
  template <class Change>
  void change_limit(stream_id input, Change change) {
    const std::lock_guard lock{mutex_};
    change(limits_[input]);
  }

  std::map<stream_id, asked_limit> limits() const {
    const std::lock_guard lock{mutex_};
    return limits_;
  }

  void show(std::set<tail> what) {
    const std::lock_guard lock{mutex_};
    tails_ = std::move(what);
  }

  /// What is to be shown now.
  std::set<tail> tails() const {
    const std::lock_guard lock{mutex_};
    return tails_;
  }

private:
  mutable std::mutex mutex_;
  std::map<stream_id, asked_limit> limits_;
  std::set<tail> tails_;
};

} // namespace sluice
