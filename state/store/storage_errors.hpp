// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

/// ec::storage_failed: "cannot keep state in 'DIR': WHAT", where WHAT is the error and what to do.
error storage_error(const std::filesystem::path& dir, const std::string& what);

/// The room left in a directory.
struct disk_room {
  std::optional<std::uintmax_t> free; ///< bytes; none where the system does not say
  std::uintmax_t file_limit = 0;      ///< bytes of a file, where one of the directory has come to that limit; else 0
};

/// Asks the system.
disk_room room_in(const std::filesystem::path& dir);

/// Where error `number`, the system's answer to a write, means that there was no room: what is full, and how to make
/// room. Empty for other errors.
std::string missing_room(int number, const disk_room& room);

/// The meaning of error `number`, the system's answer to a write, and what to do. LMDB turns a write that was cut short
/// into EIO, so its meaning depends on `room`.
std::string explain_failed_write(int number, const disk_room& room);

/// ec::storage_failed for an error number of the system.
error system_storage_error(const std::filesystem::path& dir, int number);

/// ec::checksum_mismatch: a value stored in `dir` differs from what was written, as `why` says.
error damage_error(const std::filesystem::path& dir, const error& why);

} // namespace sluice
