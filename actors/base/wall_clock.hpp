// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <chrono>

namespace sluice {

/// The time of day for the batch grid. Injected, so that simulations and replays can set it.
class wall_clock {
public:
  virtual ~wall_clock() = default;

  /// Microseconds since the Unix epoch. May jump. Thread safe.
  virtual std::chrono::microseconds now() const = 0;

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
};

} // namespace sluice
