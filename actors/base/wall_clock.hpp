// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>

namespace sluice {

/// What a machine knows of the time at one moment.
struct clock_reading {
  std::chrono::microseconds wall{0};   ///< since the Unix epoch; somebody may set it
  std::chrono::microseconds steady{0}; ///< since some moment; nobody can set it, and it stands still in a sleep
  std::chrono::microseconds slept{0};  ///< how long the machine has slept, all in all
};

/// The time of day for the batch grid. Injected, so that simulations and replays can set it.
class wall_clock {
public:
  virtual ~wall_clock() = default;

  /// Microseconds since the Unix epoch. May jump. Thread safe.
  virtual std::chrono::microseconds now() const = 0;

  /// The same with the clocks that tell whether it has jumped. By default it is right whenever it jumps.
  virtual clock_reading read() const {
    const auto t = now();
    return {t, t, {}};
  }

  /// How long it takes on the machine until it is `t` here; 0 if that is past. A clock that runs faster or slower than
  /// the machine's overrides it.
  virtual std::chrono::microseconds until(std::chrono::microseconds t) const {
    return std::max(t - now(), std::chrono::microseconds{0});
  }
};

/// The machine's clock.
class system_wall_clock final : public wall_clock {
public:
  std::chrono::microseconds now() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
  }

  clock_reading read() const override {
    const auto steady = time_of(CLOCK_MONOTONIC);
    return {now(), steady, time_of(CLOCK_BOOTTIME) - steady};
  }

private:
  static std::chrono::microseconds time_of(clockid_t clock) {
    timespec t{};
    ::clock_gettime(clock, &t);
    return std::chrono::seconds{t.tv_sec} + std::chrono::microseconds{t.tv_nsec / 1000};
  }
};

} // namespace sluice
