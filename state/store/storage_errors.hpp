// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

/// ec::storage_failed: "cannot keep state in 'DIR': WHAT", where WHAT says what is wrong and what to do.
error storage_error(const std::filesystem::path& dir, const std::string& what);

/// How much can still be written to a directory.
struct disk_room {
  std::optional<std::uintmax_t> free; ///< bytes; none where the system does not say
  std::uintmax_t file_limit = 0;      ///< bytes of a file, where one of the directory has come to that limit; else 0
};

/// Asks the system.
disk_room room_in(const std::filesystem::path& dir);

/// What is wrong where the system answered a write with error `number`, and what to do. LMDB makes EIO of a write that
/// was cut short, so what that means depends on `room`.
std::string explain_failed_write(int number, const disk_room& room);

/// ec::storage_failed for an error number of the system.
error system_storage_error(const std::filesystem::path& dir, int number);

/// ec::checksum_mismatch: a value stored in `dir` is not what was written, as `why` says.
error damage_error(const std::filesystem::path& dir, const error& why);

} // namespace sluice
