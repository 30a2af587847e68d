// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/wall_clock.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace sluice::testkit {

/// A clock for tests. Time passes when a test lets it, and when somebody waits for a time: then it leaps there, and
/// nobody really waits. Thread safe.
class leaping_clock final : public wall_clock {
public:
  using time_point = std::chrono::microseconds;

  explicit leaping_clock(time_point start = std::chrono::hours{24}) : now_{start.count()} {}

  time_point now() const override { return time_point{now_}; }

  /// Is there already when it returns.
  time_point until(time_point t) const override {
    for (auto before = now_.load(); before < t.count() && !now_.compare_exchange_weak(before, t.count());) {
    }
    return time_point{0};
  }

  /// Lets time pass. A negative time sets the clock back.
  void advance(time_point d) { now_ += d.count(); }

private:
  mutable std::atomic<std::int64_t> now_;
};

} // namespace sluice::testkit
