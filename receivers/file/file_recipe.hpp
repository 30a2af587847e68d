// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/os/file_system.hpp>

namespace sluice {

/// A part of a file that one pull has taken.
struct file_piece {
  std::string path;
  file_version version; ///< when it was read
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint32_t tail = 0; ///< CRC32C of the last bytes before `end`
  std::uint64_t room = 0; ///< the limits of the file_part, with which the same blocks come out
  std::uint64_t bytes = 0;

  friend bool operator==(const file_piece&, const file_piece&) = default;
};

/// The pieces that one pull has taken, in order, as bytes: file_position.capnp has the form.
std::string to_recipe(const std::vector<file_piece>& pieces);

/// The pieces in `stored`. ec::storage_failed where it cannot be read.
expected<std::vector<file_piece>> read_file_recipe(std::string_view stored);

} // namespace sluice
