// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include <sluice/actors/os/descriptor.hpp>

namespace sluice::detail {

/// A TCP socket that listens and does not block, and the port it has got.
struct http_listener {
  descriptor socket;
  std::uint16_t port = 0;
  bool is_v6 = false;
};

/// Listens at the first free port from `port` on, of `ports` in all; port 0: any free one. The address is in numbers,
/// or localhost. Throws runtime_failure, which says what to do.
http_listener listen_at(const std::string& address, std::uint16_t port, int ports);

} // namespace sluice::detail
