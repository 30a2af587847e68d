// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/receivers/socket/socket_reader.hpp>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace sluice::test {

/// Gives a sink the bytes in pieces of random length, at most `largest`. Returns its complaint, if it has one.
inline std::optional<std::string> feed(byte_sink& to, std::string_view bytes, std::mt19937_64& random,
                                       std::size_t largest) {
  while (!bytes.empty()) {
    const auto space = to.space();
    const auto n = std::min({bytes.size(), space.size(), 1 + static_cast<std::size_t>(random() % largest)});
    bytes.copy(space.data(), n);
    bytes.remove_prefix(n);
    if (auto wrong = to.take(n))
      return wrong;
  }
  return std::nullopt;
}

} // namespace sluice::test
