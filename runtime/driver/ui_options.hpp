// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace sluice {

/// Where a program serves its web page, with REST and metrics.
struct ui_options {
  std::string address = "127.0.0.1"; ///< one that other machines can reach needs a token
  std::uint16_t port = 4040;         ///< if it is taken, the next free one of 16; 0: any
  /// Its first line is the token that a reader has to show. Readable by its owner alone. Empty: no token is needed.
  std::filesystem::path token_file = {};
};

} // namespace sluice
