// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace sluice {

/// How large the state of an operator was at one moment.
struct state_point {
  std::chrono::microseconds time{}; ///< of day
  std::uint64_t keys = 0;
  std::uint64_t bytes = 0; ///< of the last stored bases
};

/// How the state of an operator has grown over the moments that are known.
struct state_growth {
  double seconds = 0; ///< that these cover
  /// Keys: never fewer than before, and in the later half of the time about as many more as in the earlier one.
  bool is_steady = false;
  double keys_per_second = 0; ///< in the later half
  double keys_share = 0;      ///< what has come, of what is there now
  /// Bytes, which are known only when a base is stored: how often in a row, up to now, one was larger than the one
  /// before, and what has come with these, of what is there now.
  std::uint32_t larger_bases = 0;
  double bytes_share = 0;
};

/// A pure function. `points`: oldest first.
state_growth growth_of(const std::deque<state_point>& points);

} // namespace sluice
