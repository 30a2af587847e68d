// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/socket/tcp_connection.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

namespace sluice {

namespace {

using outcome = tcp_result::outcome;
using clock = std::chrono::steady_clock;

struct free_addresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using address_list = std::unique_ptr<addrinfo, free_addresses>;

tcp_result failure(std::string what) { return {outcome::failed, 0, std::move(what)}; }

tcp_result failure(int error) {
  return {error == ECONNREFUSED ? outcome::refused : outcome::failed, 0, std::generic_category().message(error)};
}

/// Waits for `events` on `fd`, for good if there is no deadline. False if `stop` came first or the time is over.
bool wait_for(int fd, short events, const interruption& stop, std::optional<clock::time_point> deadline = {}) {
  for (;;) {
    auto left = -1;
    if (deadline) {
      const auto ms = std::chrono::ceil<std::chrono::milliseconds>(*deadline - clock::now()).count();
      left = static_cast<int>(std::max<std::int64_t>(ms, 0));
    }
    pollfd both[] = {{fd, events, 0}, {stop.fd(), POLLIN, 0}};
    const auto ready = poll(both, 2, left);
    if (ready < 0 && errno == EINTR)
      continue;
    return ready > 0 && both[1].revents == 0;
  }
}

bool is_set(const interruption& stop) {
  pollfd event{stop.fd(), POLLIN, 0};
  return poll(&event, 1, 0) > 0;
}

int resolve(const std::string& host, std::uint16_t port, int flags, address_list& result) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const auto code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  result.reset(list);
  return code;
}

/// A name server can take many seconds and cannot be interrupted. So a thread asks it, which is left behind, with all
/// that it needs, when nobody wants to know any more.
struct lookup {
  descriptor finished{eventfd(0, EFD_CLOEXEC)}; // wakes, ...
  std::atomic<bool> is_finished = false;        // ... and this one orders
  int code = 0;
  address_list addresses;
};

/// Nothing if it was interrupted.
std::shared_ptr<lookup> look_up(const std::string& host, std::uint16_t port, const interruption& stop) {
  auto result = std::make_shared<lookup>();
  result->code = resolve(host, port, AI_NUMERICHOST, result->addresses);
  if (result->code == 0)
    return result;
  if (!result->finished)
    throw std::system_error{errno, std::generic_category(), "eventfd"};
  std::thread{[result, host, port] {
    result->code = resolve(host, port, 0, result->addresses);
    result->is_finished = true;
    eventfd_write(result->finished.get(), 1);
  }}.detach();
  return wait_for(result->finished.get(), POLLIN, stop) && result->is_finished ? result : nullptr;
}

/// Connecting to a port of one's own machine where nobody listens can, once in a while, connect a socket to itself.
bool is_connected_to_itself(int fd) {
  sockaddr_storage here{};
  sockaddr_storage there{};
  socklen_t here_size = sizeof here;
  socklen_t there_size = sizeof there;
  getsockname(fd, reinterpret_cast<sockaddr*>(&here), &here_size);
  getpeername(fd, reinterpret_cast<sockaddr*>(&there), &there_size);
  return here_size == there_size && std::memcmp(&here, &there, here_size) == 0;
}

/// A peer that has vanished silently is noticed after about two minutes.
void keep_alive(int fd) {
  const auto set = [fd](int level, int name, int value) { setsockopt(fd, level, name, &value, sizeof value); };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 6);
}

/// 0, or what went wrong as an errno.
int finish_connect(int fd) {
  auto error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 && is_connected_to_itself(fd) ? ECONNREFUSED : error;
}

tcp_result connect_to(const addrinfo& address, duration timeout, const interruption& stop, descriptor& socket) {
  descriptor fd{::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol)};
  if (!fd)
    return failure(errno);
  if (connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0 && errno != EINPROGRESS && errno != EINTR)
    return failure(errno);
  if (!wait_for(fd.get(), POLLOUT, stop, clock::now() + timeout)) {
    if (is_set(stop))
      return {outcome::interrupted};
    return failure("no answer within " + to_string(timeout));
  }
  if (const auto error = finish_connect(fd.get()))
    return failure(error);
  keep_alive(fd.get());
  socket = std::move(fd);
  return {};
}

} // namespace

tcp_result tcp_connection::open(const std::string& host, std::uint16_t port, duration timeout,
                                const interruption& stop) {
  socket_ = {};
  const auto found = look_up(host, port, stop);
  if (!found)
    return {outcome::interrupted};
  if (found->code == EAI_NONAME)
    return {outcome::unknown_host, 0, "unknown host"};
  if (found->code != 0)
    return failure(gai_strerror(found->code));
  tcp_result result;
  for (const auto* address = found->addresses.get(); address != nullptr; address = address->ai_next) {
    result = connect_to(*address, timeout, stop, socket_);
    if (result.how == outcome::done || result.how == outcome::interrupted)
      break;
  }
  return result;
}

tcp_result tcp_connection::read(std::span<char> into, const interruption& stop) {
  for (;;) {
    const auto n = recv(socket_.get(), into.data(), into.size(), 0);
    if (n > 0)
      return {outcome::done, static_cast<std::size_t>(n)};
    if (n == 0)
      return {outcome::at_end};
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
      return failure(errno);
    if (!wait_for(socket_.get(), POLLIN, stop))
      return {outcome::interrupted};
  }
}

tcp_result tcp_connection::read(std::span<char> into, const interruption& stop, const interruption& wake,
                                bool until_writable) {
  const auto events = static_cast<short>((into.empty() ? 0 : POLLIN) | (until_writable ? POLLOUT : 0));
  for (;;) {
    pollfd all[] = {{socket_.get(), events, 0}, {stop.fd(), POLLIN, 0}, {wake.fd(), POLLIN, 0}};
    if (poll(all, 3, -1) < 0 && errno != EINTR)
      return failure(errno);
    if (all[1].revents != 0)
      return {outcome::interrupted};
    if (all[2].revents != 0 || (all[0].revents & POLLOUT) != 0)
      return {outcome::woken};
    if (all[0].revents != 0)
      return into.empty() ? tcp_result{outcome::at_end} : read(into, stop);
  }
}

tcp_result tcp_connection::write(std::string_view bytes) {
  const auto n = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n >= 0)
    return {outcome::done, static_cast<std::size_t>(n)};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
    return {outcome::done, 0};
  return failure(errno);
}

} // namespace sluice
