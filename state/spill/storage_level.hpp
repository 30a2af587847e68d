// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

/// The place where `persist` keeps the datasets of a stream, under Spark's names. Records are always encoded, so a
/// level and its `_ser` are the same. A level with a disk writes to a temporary file. The system caches as much of it
/// as it has memory for, so it costs the program no memory.
enum class storage_level : std::uint8_t {
  memory_only,
  memory_only_ser,
  memory_and_disk,
  memory_and_disk_ser,
  disk_only,
};

inline std::string to_string(storage_level level) {
  switch (level) {
    case storage_level::memory_only: return "memory_only";
    case storage_level::memory_only_ser: return "memory_only_ser";
    case storage_level::memory_and_disk: return "memory_and_disk";
    case storage_level::memory_and_disk_ser: return "memory_and_disk_ser";
    case storage_level::disk_only: return "disk_only";
  }
  return "?";
}

constexpr bool uses_disk(storage_level level) {
  return level != storage_level::memory_only && level != storage_level::memory_only_ser;
}

} // namespace sluice
