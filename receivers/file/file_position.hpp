// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/os/file_system.hpp>

namespace sluice {

/// A file that has been read.
struct taken_file {
  batch_time time; ///< of the batch that has read its end, or later: of the last one for which it looks new
  file_version version;

  friend bool operator==(const taken_file&, const taken_file&) = default;
};

/// A file that has been found, and not been read, or not to its end.
struct waiting_file {
  std::string path;
  file_version version;     ///< as it was listed, or when it was read last
  std::uint64_t offset = 0; ///< bytes that have been read: up to the end of a record
  std::uint32_t tail = 0;   ///< CRC32C of the last of these bytes, by which the file is known again should it change

  friend bool operator==(const waiting_file&, const waiting_file&) = default;
};

/// How far the files of a directory have been read: what a file stream must know to go on in another process.
struct file_position {
  std::optional<batch_time> done;                    ///< batches up to this one have looked for files
  batch_time oldest;                                 ///< files modified then or before are never taken
  std::unordered_map<std::string, taken_file> taken; ///< by path; bounded by the remember window
  std::deque<waiting_file> waiting;                  ///< in the order in which they will be read
  duration ahead{0}; ///< batch times were ahead of the clock that dates files by so much, at the last listing

  friend bool operator==(const file_position&, const file_position&) = default;
};

/// The position in `directory` as bytes, as file_position.capnp has it.
std::string to_bytes(const file_position& position, const std::string& directory);

/// The position in `stored`; none if it is that of another directory. ec::storage_failed where it cannot be read.
expected<std::optional<file_position>> read_file_position(std::string_view stored, const std::string& directory);

} // namespace sluice
