// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <caf/expected.hpp>

namespace sluice {

/// A file as a listing shows it.
struct listed_file {
  std::filesystem::path path;
  std::int64_t modified_ms = 0; ///< since the epoch, rounded down

  friend bool operator==(const listed_file&, const listed_file&) = default;
};

/// A file that is open.
class file_reader {
public:
  virtual ~file_reader() = default;

  /// Reads on from where the last call ended. Returns how many bytes there were, 0 only at the end of the file.
  virtual caf::expected<std::size_t> read(std::span<char> into) = 0;
};

/// The disk, as far as a file source needs it.
class file_system {
public:
  virtual ~file_system() = default;

  /// The regular files in every directory that matches `pattern` (POSIX wildcards), but not in those below. Fails if
  /// no directory matches, and if one cannot be listed. What vanishes meanwhile is not there.
  virtual caf::expected<std::vector<listed_file>> list(const std::string& pattern) = 0;

  virtual caf::expected<std::unique_ptr<file_reader>> open(const std::filesystem::path& path) = 0;
};

/// The disks of this machine and what is mounted there.
std::shared_ptr<file_system> local_file_system();

} // namespace sluice
