// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

namespace sluice {

/// A length of time in whole milliseconds; every interval, window and slide is one.
using duration = std::chrono::milliseconds;

/// A point on the batch grid: milliseconds since the Unix epoch.
class batch_time {
public:
  constexpr batch_time() = default;
  constexpr explicit batch_time(std::int64_t ms) : ms_{ms} {}

  constexpr std::int64_t ms() const { return ms_; }

  friend constexpr auto operator<=>(batch_time, batch_time) = default;
  friend constexpr batch_time operator+(batch_time t, duration d) { return batch_time{t.ms_ + d.count()}; }
  friend constexpr batch_time operator-(batch_time t, duration d) { return batch_time{t.ms_ - d.count()}; }
  friend constexpr duration operator-(batch_time a, batch_time b) { return duration{a.ms_ - b.ms_}; }

  template <class Inspector>
  friend auto inspect(Inspector& f, batch_time& x) {
    return f(x.ms_);
  }

private:
  std::int64_t ms_ = 0;
};

/// The largest grid point not after `t`: floor(t / step) * step. Requires step > 0 and t >= 0.
constexpr batch_time floor_to(batch_time t, duration step) { return batch_time{t.ms() / step.count() * step.count()}; }

/// The first grid point strictly after `t`. Requires step > 0 and t >= 0.
constexpr batch_time next_after(batch_time t, duration step) { return floor_to(t, step) + step; }

/// "1500 ms", the form in which batch times and durations are shown.
inline std::string to_string(batch_time t) { return std::to_string(t.ms()) + " ms"; }
inline std::string to_string(duration d) { return std::to_string(d.count()) + " ms"; }

} // namespace sluice
