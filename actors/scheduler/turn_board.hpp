// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>

namespace sluice {

/// Whose turn it is on each thread that runs actors, for whoever wants to know who does not return. Thread safe.
class turn_board {
public:
  /// One thread's place: what it runs now, or null. Written once a turn, by that thread alone.
  using place = std::atomic<const void*>;

  /// A place for one more thread, as long as the board lives.
  place& add_place() {
    const std::lock_guard lock{mutex_};
    return places_.emplace_back(nullptr);
  }

  /// Whether it is the turn of this job.
  bool is_running(const void* job) const {
    const std::lock_guard lock{mutex_};
    for (const auto& each : places_)
      if (each.load(std::memory_order_relaxed) == job)
        return true;
    return false;
  }

private:
  mutable std::mutex mutex_;
  std::deque<place> places_;
};

} // namespace sluice
