// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// The address at which a node listens.
struct node_address {
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const node_address&, const node_address&) = default;
  friend std::string to_string(const node_address& x) {
    // An IPv6 address has colons of its own.
    const auto host = x.host.find(':') == std::string::npos ? x.host : '[' + x.host + ']';
    return host + ':' + std::to_string(x.port);
  }
};

/// A port from its decimal text. Throws usage_error unless it is 1 to 65535.
std::uint16_t parse_port(std::string_view text);

/// "HOST:PORT", where an IPv6 address stands in brackets: "[::1]:4711". Throws usage_error, which says what is wrong.
node_address parse_node_address(std::string_view text);

/// Whether an address is this machine's own. Node ports carry no encryption and trust their peers, so nothing else is
/// allowed.
bool is_loopback(const node_address& address);

/// Throws usage_error, which says what to do, unless `is_loopback`.
void require_loopback(const node_address& address);

/// Tries whether a node listens at `address`, for at most `patience`: none if so, else the reason. CAF's own connect
/// would block the whole process for minutes on an address that does not answer.
std::optional<std::string> problem_at(const node_address& address, std::chrono::milliseconds patience);

} // namespace sluice
