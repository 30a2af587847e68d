// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace sluice {

/// What this process uses of its machine.
struct process_usage {
  unsigned cores = 1;              ///< that it may use
  double cpu_seconds = 0;          ///< since it was started
  std::optional<double> cpu_share; ///< of one core, lately; none at first
  std::uint64_t resident_bytes = 0;
  std::chrono::microseconds uptime{}; ///< since the meter was made
};

/// Asks the system what this process uses. Thread safe.
class usage_meter {
public:
  /// The share of the processor is over the time since a call that was at least half a second ago.
  process_usage look();

private:
  using clock = std::chrono::steady_clock;

  const clock::time_point made_ = clock::now();
  std::mutex mutex_;
  std::optional<clock::time_point> at_;
  double cpu_seconds_ = 0;
  std::optional<double> cpu_share_;
};

} // namespace sluice
