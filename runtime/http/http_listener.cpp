// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/http/http_listener.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <sluice/actors/base/errors.hpp>

namespace sluice::detail {

namespace {

constexpr auto backlog = 128;

class socket_address {
public:
  /// Throws unless the text is an address.
  explicit socket_address(const std::string& text) {
    const auto numbers = text == "localhost" ? "127.0.0.1" : text;
    if (::inet_pton(AF_INET, numbers.c_str(), &v4_.sin_addr) == 1)
      v4_.sin_family = AF_INET;
    else if (::inet_pton(AF_INET6, numbers.c_str(), &v6_.sin6_addr) == 1)
      v6_.sin6_family = AF_INET6;
    else
      throw runtime_failure{"cannot listen at '" + text
                            + "': it is no address; give one of this machine in numbers, as 127.0.0.1 or ::1"};
  }

  bool is_v6() const { return v6_.sin6_family == AF_INET6; }
  int family() const { return is_v6() ? AF_INET6 : AF_INET; }

  void set_port(std::uint16_t port) { (is_v6() ? v6_.sin6_port : v4_.sin_port) = htons(port); }
  std::uint16_t port() const { return ntohs(is_v6() ? v6_.sin6_port : v4_.sin_port); }

  sockaddr* get() { return is_v6() ? reinterpret_cast<sockaddr*>(&v6_) : reinterpret_cast<sockaddr*>(&v4_); }
  socklen_t size() const { return is_v6() ? sizeof v6_ : sizeof v4_; }

private:
  sockaddr_in v4_{};
  sockaddr_in6 v6_{};
};

/// 0, or the error number. The port becomes the one that it has got.
int try_to_listen(socket_address& at, descriptor& result) {
  // A child of this process must not keep the port after its end: CLOEXEC.
  descriptor fd{::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd)
    return errno;
  // Connections of an earlier run that linger do not count as taken.
  const auto on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto size = at.size();
  if (::bind(fd.get(), at.get(), size) != 0 || ::listen(fd.get(), backlog) != 0
      || ::getsockname(fd.get(), at.get(), &size) != 0)
    return errno;
  result = std::move(fd);
  return 0;
}

std::string advice(int problem) {
  switch (problem) {
    case EADDRINUSE: return "; give another port, or port 0 for any free one";
    case EACCES: return "; give a port from 1024 on";
    case EADDRNOTAVAIL: return "; give an address of this machine";
    default: return "";
  }
}

} // namespace

http_listener listen_at(const std::string& address, std::uint16_t port, int ports) {
  socket_address at{address};
  const auto last = port == 0 ? 0 : std::min(port + std::max(ports, 1) - 1, 65535);
  http_listener result{.is_v6 = at.is_v6()};
  auto problem = 0;
  for (int each = port; each <= last; ++each) {
    at.set_port(static_cast<std::uint16_t>(each));
    problem = try_to_listen(at, result.socket);
    result.port = at.port();
    if (problem == 0)
      return result;
    if (problem != EADDRINUSE)
      break;
  }
  const auto tried = problem == EADDRINUSE && last > port
                         ? "ports " + std::to_string(port) + " to " + std::to_string(last)
                         : "port " + std::to_string(result.port);
  throw runtime_failure{"cannot listen at " + address + ", " + tried + ": " + std::generic_category().message(problem)
                        + advice(problem)};
}

} // namespace sluice::detail
