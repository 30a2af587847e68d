// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace sluice {

/// The limits of an input, in records per second. 0: none.
struct rate_limits {
  double max_rate = 0;     ///< never more than this
  double initial_rate = 0; ///< until the first estimate
};

/// Throws usage_error, which names `what`, for a rate that is negative, infinite or not a number.
void check_rate(std::string_view what, double rate);

/// Of two limits the one that counts: the smaller one; 0 is none.
constexpr double smaller_limit(double a, double b) {
  if (a == 0 || b == 0)
    return a + b;
  return a < b ? a : b;
}

/// The limit of an input now: what was estimated last, or the initial rate, but no more than its max_rate. Plain logic.
class current_rate {
public:
  current_rate() = default;
  explicit current_rate(const rate_limits& limits) : max_{limits.max_rate}, estimate_{limits.initial_rate} {}

  /// A new estimate. One that is not positive is ignored.
  void update(double estimate) {
    if (estimate > 0)
      estimate_ = estimate;
  }

  /// Another max_rate; 0: none.
  void set_max(double max_rate) { max_ = max_rate; }

  /// Records per second; 0: no limit.
  double value() const { return smaller_limit(max_, estimate_); }

private:
  double max_ = 0;
  double estimate_ = 0;
};

} // namespace sluice
