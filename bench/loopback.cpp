// SPDX-License-Identifier: BSD-3-Clause
#include "loopback.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::bench {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

int make_socket() {
  const auto result = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (result < 0)
    fail("socket");
  return result;
}

} // namespace

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return result;
}

bound_socket bind_loopback() {
  const auto fd = make_socket();
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0
      || getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("bind");
  return {fd, ntohs(address.sin_port)};
}

bound_socket listen_on_loopback() {
  const auto result = bind_loopback();
  if (listen(result.fd, 1) != 0)
    fail("listen");
  return result;
}

int connect_loopback(std::uint16_t port) {
  const auto result = make_socket();
  const auto address = loopback(port);
  if (connect(result, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
  return result;
}

bool send_all(int fd, std::string_view bytes) {
  constexpr std::size_t at_once = std::size_t{256} << 10;
  while (!bytes.empty()) {
    const auto n = send(fd, bytes.data(), std::min(bytes.size(), at_once), MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  return true;
}

} // namespace sluice::bench
