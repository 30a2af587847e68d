// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "digest.hpp"

namespace sluice::bench {

/// What one run of a program cost and came to.
struct measurement {
  double wall_seconds = 0;
  double cpu_seconds = 0;  ///< of all threads, while the clock ran
  double peak_rss_mib = 0; ///< of the process from its start, the input it holds included
  double allocations = 0;  ///< calls of malloc and its kin by all threads, while the clock ran
  digest result;

  double records_per_second() const { return static_cast<double>(result.records) / wall_seconds; }
  double allocations_per_record() const { return allocations / static_cast<double>(result.records); }

  friend bool operator==(const measurement&, const measurement&) = default;
};

/// Runs from its construction.
class stopwatch {
public:
  stopwatch();

  /// What it took up to now, to come to `result`.
  measurement stop(const digest& result) const;

private:
  std::chrono::steady_clock::time_point wall_;
  double cpu_;
  std::uint64_t allocations_;
};

/// As one line of JSON: how a measured program tells the runner.
std::string to_json(const measurement& x);

/// Reads what `to_json` wrote. Throws std::runtime_error for anything else.
measurement from_json(const std::string& line);

/// 16 hexadecimal digits.
std::string to_hex(std::uint64_t x);

} // namespace sluice::bench
