// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <optional>

namespace sluice {

/// Who uses the processor of this machine, in cores.
struct processor_use {
  double cores = 1;  ///< of the machine
  double own = 0;    ///< used by this process, lately
  double others = 0; ///< used by everything else, lately
};

/// Asks the system who uses the processor. Not thread safe.
class processor_watch {
public:
  /// Over the time since the last call that had an answer. Nothing at first, if that was less than half a second ago,
  /// and where the system does not say it.
  std::optional<processor_use> look();

private:
  struct reading {
    std::chrono::steady_clock::time_point at;
    double own_seconds = 0;
    double busy_ticks = 0; ///< of all cores
    double all_ticks = 0;  ///< the same, with idle ones
  };

  static std::optional<reading> read();

  std::optional<reading> last_;
};

} // namespace sluice
