// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice {

/// Which commits wait for the disk. Batches share a sync: the last of so many waits for it, and so does the last batch
/// of a run.
class sync_schedule {
public:
  /// @param every the number of batches that share a sync; at least 1.
  explicit sync_schedule(std::uint32_t every) : every_{every} {}

  /// Whether the next commit waits for the disk.
  bool next(bool is_last_of_run) {
    if (++since_sync_ < every_ && !is_last_of_run)
      return false;
    since_sync_ = 0;
    return true;
  }

private:
  std::uint32_t every_;
  std::uint32_t since_sync_ = 0;
};

} // namespace sluice
