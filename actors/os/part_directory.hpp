// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/actors/os/descriptor.hpp>

namespace sluice {

/// `part-00000`, `part-00001`, … as Hadoop and Spark call the files of an output.
std::string part_name(std::size_t index);

/// An output under construction: a directory of part files and an empty `_SUCCESS`. It is written next to its place, as
/// `.NAME._temporary`, which no pattern of files to read matches. Only `commit` moves it to its place, whole and on
/// disk. The place may hold an earlier output, because a batch may run again. That output stays until the new one
/// replaces it in one step; on a file system that cannot exchange two directories (NFS), it is removed just before.
/// Only an empty directory or one of part files is ever replaced. All members throw runtime_failure with the path and
/// the system's reason. Two writers must not use one place at once.
class part_directory {
public:
  /// Creates the directories above `place` if need be. Throws if something else than an output is at `place`.
  explicit part_directory(const std::filesystem::path& place);
  /// Removes what was written, unless it was committed.
  ~part_directory();
  part_directory(const part_directory&) = delete;
  part_directory& operator=(const part_directory&) = delete;

  /// Ends the part before, if any, and begins the next one; the first is number 0.
  void begin_part();

  /// Appends to the part. Requires a call of begin_part before.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);

  /// Ends the last part and puts the directory in its place. To be called once, after all parts.
  void commit();

private:
  struct file {
    std::filesystem::path path;
    descriptor opened;
  };

  void create(const std::filesystem::path& path);
  void end_file();
  void sync_files();
  void flush();
  void put_in_place();

  std::filesystem::path place_;
  std::filesystem::path temporary_;
  std::size_t parts_ = 0;
  file written_;
  std::string buffer_;      ///< of it
  std::vector<file> ended_; ///< and not yet known to be on the disk
};

/// Removes outputs under construction in `directory` (empty: the working directory) that nobody will finish, because
/// their process died. `is_ours(name)` says of the name of their place whether it is one to look at. Leaves alone what
/// holds anything but part files. Throws runtime_failure.
void remove_unfinished_outputs(const std::filesystem::path& directory,
                               const std::function<bool(std::string_view)>& is_ours);

} // namespace sluice
