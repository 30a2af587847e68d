// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice {

/// Says how many events may happen by now at a rate, in bursts some milliseconds apart. A caller that was held up for
/// longer than a second catches up on no more than that second. Time comes in as a parameter.
class pacer {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param per_second more than 0.
  pacer(double per_second, time_point start) : per_second_{per_second}, start_{start} {}

  /// How many are due at `now` and not yet done.
  std::uint64_t due(time_point now) {
    const auto behind = std::chrono::duration<double>{now - start_}.count() * per_second_ - static_cast<double>(done_);
    if (const auto most = per_second_ < 1 ? 1 : per_second_; behind > most) {
      start_ += std::chrono::duration_cast<time_point::duration>(
          std::chrono::duration<double>{(behind - most) / per_second_});
      return static_cast<std::uint64_t>(most);
    }
    return behind < 0 ? 0 : static_cast<std::uint64_t>(behind);
  }

  void did(std::uint64_t count) { done_ += count; }

  /// When to ask again if none are due.
  time_point next(time_point now) const {
    const std::chrono::duration<double> at{static_cast<double>(done_ + 1) / per_second_};
    const auto due = start_ + std::chrono::ceil<time_point::duration>(at);
    const auto burst = now + std::chrono::milliseconds{10};
    return due > burst ? due : burst;
  }

private:
  double per_second_;
  time_point start_;
  std::uint64_t done_ = 0;
};

} // namespace sluice
