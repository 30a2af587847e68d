// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>

#include <netinet/in.h>

namespace sluice::bench {

/// 127.0.0.1 at a port.
sockaddr_in loopback(std::uint16_t port);

struct bound_socket {
  int fd;
  std::uint16_t port;
};

/// A socket at a port that nobody has. Throws std::system_error if there is none.
bound_socket bind_loopback();

/// The same, to which one may connect.
bound_socket listen_on_loopback();

/// A connection to that port. Throws std::system_error if there is none.
int connect_loopback(std::uint16_t port);

/// Sends all of it. False if the other side takes no more.
bool send_all(int fd, std::string_view bytes);

} // namespace sluice::bench
