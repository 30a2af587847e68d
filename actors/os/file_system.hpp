// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sluice/actors/base/expected.hpp>

namespace sluice {

/// The properties of a file's content that are known without reading it. The default stands for "not known".
struct file_version {
  std::int64_t modified_ns = 0; ///< since the Unix epoch
  std::uint64_t size = 0;
  std::uint64_t inode = 0;

  /// In milliseconds, rounded down.
  std::int64_t modified_ms() const;

  friend bool operator==(const file_version&, const file_version&) = default;
};

/// A file as a listing shows it.
struct listed_file {
  std::filesystem::path path;
  file_version version;
  std::int64_t changed_ns = 0; ///< when it was last written, named or moved, by the clock of its disk

  friend bool operator==(const listed_file&, const listed_file&) = default;
};

/// A file that is open.
class file_reader {
public:
  virtual ~file_reader() = default;

  /// Of the file when it was opened.
  virtual file_version version() const = 0;

  /// Reads the bytes from `offset` on. Returns how many there were, 0 only at the end of the file.
  virtual expected<std::size_t> read(std::uint64_t offset, std::span<char> into) = 0;
};

/// How far below a directory its files may be.
enum class listing_depth {
  directory, ///< in the directory itself
  tree,      ///< in any directory below, unless it or one on the way has a name that begins with a dot
};

/// The disk, as far as a file source needs it.
class file_system {
public:
  virtual ~file_system() = default;

  /// The regular files in every directory that matches `pattern` (POSIX wildcards). Fails if no directory matches,
  /// if one cannot be listed, and if something was mounted at one and is no more. Files that vanish meanwhile are left
  /// out. Links to directories below are not followed.
  virtual expected<std::vector<listed_file>> list(const std::string& pattern, listing_depth depth) = 0;

  /// Null if nothing has that name (any more). Fails if it is no regular file.
  virtual expected<std::unique_ptr<file_reader>> open(const std::filesystem::path& path) = 0;
};

/// The disks of this machine and what is mounted there.
std::shared_ptr<file_system> local_file_system();

} // namespace sluice
