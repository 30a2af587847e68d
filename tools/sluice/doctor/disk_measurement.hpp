// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace sluice::tool {

/// What a directory is like as a place for a checkpoint.
struct disk_facts {
  std::string trouble; ///< why nothing could be measured; else empty
  std::uint64_t free = 0;
  std::uint64_t size = 0;
  bool is_network = false; ///< a network file system
  bool is_memory = false;  ///< a file system that loses all with a restart
  std::chrono::microseconds median_sync{0};
  std::chrono::microseconds worst_sync{0};
};

/// Writes 4 KiB and syncs, twenty times, to a file without a name: nothing stays.
disk_facts measure_disk(const std::filesystem::path& directory);

} // namespace sluice::tool
