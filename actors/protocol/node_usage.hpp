// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice {

/// What the process of a worker uses of its machine.
struct node_usage {
  std::uint32_t cores = 0;          ///< that it may use
  std::uint32_t threads = 0;        ///< that it offers to programs
  std::uint64_t cpu_us = 0;         ///< since it was started
  std::uint64_t resident_bytes = 0; ///< of memory
  std::uint64_t record_bytes = 0;   ///< of batches that are being worked on, or wait for that
  std::uint64_t uptime_us = 0;

  template <class Inspector>
  friend auto inspect(Inspector& f, node_usage& x) {
    return f(x.cores, x.threads, x.cpu_us, x.resident_bytes, x.record_bytes, x.uptime_us);
  }
};

} // namespace sluice
