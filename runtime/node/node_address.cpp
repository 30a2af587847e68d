// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/node/node_address.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/os/system_call.hpp>

namespace sluice {

namespace {

using address_list = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

address_list resolve(const node_address& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* result = nullptr;
  if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &result) != 0)
    result = nullptr;
  return {result, &::freeaddrinfo};
}

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
  }
  return false;
}

/// The error number of connecting without blocking; 0 if a node listens.
int try_connect(const addrinfo& to, std::chrono::milliseconds patience) {
  const auto fd = ::socket(to.ai_family, to.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to.ai_protocol);
  if (fd < 0)
    return errno;
  auto result = ::connect(fd, to.ai_addr, to.ai_addrlen) == 0 ? 0 : errno;
  if (result == EINPROGRESS || result == EINTR) { // either way it goes on by itself
    pollfd waiting{fd, POLLOUT, 0};
    result = ETIMEDOUT;
    if (poll_for(waiting, patience) == 1) {
      socklen_t size = sizeof(result);
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &result, &size);
    }
  }
  ::close(fd);
  return result;
}

} // namespace

std::uint16_t parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    throw usage_error{"'" + std::string{text} + "' is not a port: it must be a number from 1 to 65535"};
  return static_cast<std::uint16_t>(port);
}

node_address parse_node_address(std::string_view text) {
  const auto colon = text.rfind(':');
  auto host = text.substr(0, colon);
  const auto bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed)
    host = host.substr(1, host.size() - 2);
  if (colon == std::string_view::npos || host.empty() || (!bracketed && host.find(':') != std::string_view::npos))
    throw usage_error{"'" + std::string{text}
                      + "' is not a node's address: write HOST:PORT, as 127.0.0.1:4711 or [::1]:4711"};
  return {std::string{host}, parse_port(text.substr(colon + 1))};
}

bool is_loopback(const node_address& address) {
  const auto found = resolve(address);
  for (const auto* x = found.get(); x != nullptr; x = x->ai_next)
    if (!is_loopback(*x->ai_addr))
      return false;
  return found != nullptr;
}

void require_loopback(const node_address& address) {
  if (is_loopback(address))
    return;
  if (resolve(address) == nullptr)
    throw usage_error{"node address " + to_string(address) + ": unknown host; check its spelling"};
  throw usage_error{"node address " + to_string(address)
                    + ": nodes speak without encryption and trust their peers, so only loopback addresses are allowed "
                      "(127.0.0.1:"
                    + std::to_string(address.port) + ")"};
}

std::optional<std::string> problem_at(const node_address& address, std::chrono::milliseconds patience) {
  const auto found = resolve(address);
  if (found == nullptr)
    return "unknown host";
  auto problem = 0;
  for (const auto* x = found.get(); x != nullptr; x = x->ai_next) {
    problem = try_connect(*x, patience);
    if (problem == 0)
      return std::nullopt;
  }
  return std::strerror(problem);
}

} // namespace sluice
