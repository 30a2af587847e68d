// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include <sluice/actors/os/file_system.hpp>

namespace sluice {

/// A file that is being made into records. It has the bytes that it had when it was opened: what is appended meanwhile
/// is not read, and it is an error if it is cut.
class input_file {
public:
  /// Requires offset <= from.version().size.
  input_file(std::filesystem::path path, file_reader& from, std::uint64_t offset = 0)
      : input_file{std::move(path), from, offset, from.version().size} {}

  /// Only the bytes before `end` of it. Requires offset <= end <= from.version().size.
  input_file(std::filesystem::path path, file_reader& from, std::uint64_t offset, std::uint64_t end)
      : path_{std::move(path)}, from_{from}, size_{end}, offset_{offset} {}

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }

  /// Where the next bytes are read from.
  std::uint64_t offset() const { return offset_; }
  bool is_at_end() const { return offset_ == size_; }

  /// Requires offset <= size().
  void go_to(std::uint64_t offset) { offset_ = offset; }

  /// Reads on; 0 only at the end. Throws runtime_failure if the disk does not let it.
  std::size_t read(std::span<char> into);

  /// As `read`, but gives as many bytes as fit until the file ends.
  std::size_t read_full(std::span<char> into);

  /// All that has not been read yet. Throws std::length_error if it is more than `limit` bytes.
  std::string contents(std::size_t limit);

  /// Whether the disk failed.
  bool is_broken() const { return broken_; }

private:
  [[noreturn]] void fail(const std::string& why);

  std::filesystem::path path_;
  file_reader& from_;
  std::uint64_t size_;
  std::uint64_t offset_;
  bool broken_ = false;
};

} // namespace sluice
