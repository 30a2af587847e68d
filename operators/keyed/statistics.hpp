// SPDX-License-Identifier: BSD-3-Clause
//
// Sums that are more than a sum: records to reduce with std::plus<>, in streams and in windows.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace sluice {

/// The mean of numbers. It can be taken back, so windows with an inverse function have it, too:
///
///     readings.map_values(sluice::mean::of).reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, 60s, 1s);
struct mean {
  double sum = 0;
  std::int64_t count = 0;

  static mean of(double x) { return {x, 1}; }

  /// NaN of no numbers.
  double value() const { return sum / static_cast<double>(count); }

  friend mean operator+(const mean& a, const mean& b) { return {a.sum + b.sum, a.count + b.count}; }
  friend mean operator-(const mean& a, const mean& b) { return {a.sum - b.sum, a.count - b.count}; }
};

/// Count, mean, variance, least and greatest of numbers.
///
///     readings.map_values(sluice::statistics::of).reduce_by_key(std::plus<>{});
///
/// Two of them are merged by the method of Chan, Golub and LeVeque ("Updating formulae and a pairwise algorithm for
/// computing sample variances", 1979), which does not lose digits where the mean is large and the variance small.
struct statistics {
  std::int64_t count = 0;
  double mean = 0;
  double squares = 0; ///< the sum of the squared distances from the mean
  double min = INFINITY;
  double max = -INFINITY;

  static statistics of(double x) { return {1, x, 0, x, x}; }

  double sum() const { return mean * static_cast<double>(count); }
  /// Of all numbers there are; NaN of none.
  double variance() const { return squares / static_cast<double>(count); }
  /// Of a sample of those there are; NaN of fewer than two.
  double sample_variance() const { return count < 2 ? NAN : squares / static_cast<double>(count - 1); }
  double stddev() const { return std::sqrt(variance()); }

  friend statistics operator+(const statistics& a, const statistics& b) {
    if (a.count == 0 || b.count == 0)
      return a.count == 0 ? b : a;
    const auto count = a.count + b.count;
    const auto share = static_cast<double>(b.count) / static_cast<double>(count);
    const auto distance = b.mean - a.mean;
    return {count, a.mean + distance * share,
            a.squares + b.squares + distance * distance * static_cast<double>(a.count) * share, std::min(a.min, b.min),
            std::max(a.max, b.max)};
  }
};

} // namespace sluice
