// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <string>

namespace sluice {

/// The sum of an accumulator, as it travels and as it is stored: an integer, or a real number as its bits.
struct accumulated_sum {
  bool is_real = false;
  std::uint64_t bits = 0;

  static accumulated_sum of(std::int64_t x) { return {false, std::bit_cast<std::uint64_t>(x)}; }
  static accumulated_sum of(double x) { return {true, std::bit_cast<std::uint64_t>(x)}; }

  /// The sum as a number of type T, converted if it is of the other kind.
  template <class T>
  T as() const {
    return is_real ? static_cast<T>(std::bit_cast<double>(bits)) : static_cast<T>(std::bit_cast<std::int64_t>(bits));
  }

  friend bool operator==(const accumulated_sum&, const accumulated_sum&) = default;

  template <class Inspector>
  friend auto inspect(Inspector& f, accumulated_sum& x) {
    return f(x.is_real, x.bits);
  }
};

/// Sums by the names of their accumulators.
using accumulated_sums = std::map<std::string, accumulated_sum>;

} // namespace sluice
