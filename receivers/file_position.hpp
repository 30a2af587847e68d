// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <caf/expected.hpp>

#include <sluice/actors/time.hpp>

namespace sluice {

/// How far the files of a directory have been read: what a file stream must know to go on in another process.
struct file_position {
  std::optional<batch_time> done; ///< batches up to this one have taken their files
  batch_time oldest;              ///< files modified then or before are never taken
  std::unordered_map<std::string, batch_time>
      taken; ///< by path: the batch that took it; bounded by the remember window

  friend bool operator==(const file_position&, const file_position&) = default;
};

/// The position in `directory` as bytes, as file_position.capnp has it.
std::string to_bytes(const file_position& position, const std::string& directory);

/// The position in `stored`; none if it is that of another directory. ec::storage_failed where it cannot be read.
caf::expected<std::optional<file_position>> read_file_position(std::string_view stored, const std::string& directory);

} // namespace sluice
