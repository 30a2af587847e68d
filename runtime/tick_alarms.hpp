// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <vector>

#include <sluice/actors/time.hpp>

namespace sluice {

/// Which alarms to set so that one rings at every tick of the batch clock. Setting an alarm that is earlier than all
/// others wakes a worker that sleeps (`job_queue`), and the next tick's mostly is; so where batches are short the next
/// few are set at once, before the last of those that are set has rung. Alarms ring in order of time. Plain logic.
class tick_alarms {
public:
  using microseconds = std::chrono::microseconds;

  /// Not further ahead than this: the wall clock may be set, and what is set on the timer does not follow it.
  static constexpr duration horizon{20};

  explicit tick_alarms(duration interval)
      : interval_{interval}, at_once_{std::max<std::int64_t>(1, horizon / interval)} {}

  /// The tick at `next` is waited for. Returns the times at which alarms are to be set in addition.
  std::vector<microseconds> wait_for(microseconds next) {
    std::vector<microseconds> result;
    if (set_.contains(next) && (at_once_ == 1 || *set_.rbegin() > next))
      return result;
    for (std::int64_t i = 0; i < at_once_; ++i)
      if (const auto at = next + i * interval_; set_.insert(at).second)
        result.push_back(at);
    return result;
  }

  /// One has rung.
  void rung() {
    if (!set_.empty())
      set_.erase(set_.begin());
  }

private:
  duration interval_;
  std::int64_t at_once_;
  std::set<microseconds> set_;
};

} // namespace sluice
