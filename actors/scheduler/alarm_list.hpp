// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice {

/// What is to happen at which time. Thread safe; looking whether something is due takes no lock.
template <class Event>
class alarm_list {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Returns whether it is earlier than all others.
  bool add(time_point when, Event what) {
    const std::lock_guard lock{mutex_};
    const auto is_first = when < next();
    events_.emplace(when, std::move(what));
    if (is_first)
      next_ = when;
    return is_first;
  }

  /// When the first is due; the end of time if there is none.
  time_point next() const { return next_; }

  /// Takes out what is due, in order of time; in order of `add` where that is the same.
  std::vector<Event> take_due(time_point now) {
    std::vector<Event> result;
    if (now < next())
      return result;
    const std::lock_guard lock{mutex_};
    while (!events_.empty() && events_.begin()->first <= now) {
      result.push_back(std::move(events_.begin()->second));
      events_.erase(events_.begin());
    }
    next_ = events_.empty() ? time_point::max() : events_.begin()->first;
    return result;
  }

  /// Takes out all.
  std::vector<Event> take_all() { return take_due(time_point::max()); }

private:
  mutable std::mutex mutex_;
  std::multimap<time_point, Event> events_;
  std::atomic<time_point> next_ = time_point::max();
};

} // namespace sluice
