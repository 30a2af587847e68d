// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <chrono>

namespace sluice::detail {

/// Lets a number of requests per second through: a bucket that holds the requests of one second, and at least one. Time
/// is a parameter, and must not go back.
class request_bucket {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param per_second 0: no limit.
  request_bucket(double per_second, time_point now)
      : per_second_{per_second}, size_{std::max(per_second, 1.0)}, left_{size_}, filled_{now} {}

  /// Whether one more request may pass now.
  bool take(time_point now) {
    if (per_second_ <= 0)
      return true;
    left_ = std::min(left_ + std::chrono::duration<double>{now - filled_}.count() * per_second_, size_);
    filled_ = now;
    if (left_ < 1)
      return false;
    left_ -= 1;
    return true;
  }

private:
  double per_second_;
  double size_;
  double left_;
  time_point filled_;
};

} // namespace sluice::detail
