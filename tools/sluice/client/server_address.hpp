// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::tool {

/// Where a program listens.
struct server_address {
  std::string host = "127.0.0.1"; ///< a name, or an address without brackets
  std::uint16_t port = 4040;

  /// "HOST:PORT", with brackets around an IPv6 address: as in a Host header.
  std::string text() const;

  friend bool operator==(const server_address&, const server_address&) = default;
};

/// Reads HOST:PORT, HOST, :PORT, [::1]:PORT, or http://HOST:PORT as the log of a program shows it. Throws `failure` if
/// it is none of these.
server_address parse_server_address(std::string_view text);

} // namespace sluice::tool
