// SPDX-License-Identifier: BSD-3-Clause
#include <support/line_server.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <tuple>
#include <utility>

namespace sluice::test {

namespace {

void require(bool ok, const char* what) {
  if (!ok)
    throw std::system_error{errno, std::generic_category(), what};
}

/// A socket bound to a port of 127.0.0.1, and the port.
std::pair<int, std::uint16_t> bind_loopback(std::uint16_t port) {
  const auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  require(fd >= 0, "socket");
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd, generic, size) != 0 || ::getsockname(fd, generic, &size) != 0) {
    const auto code = errno;
    ::close(fd);
    throw std::system_error{code, std::generic_category(), "cannot bind port " + std::to_string(port)};
  }
  return {fd, ntohs(address.sin_port)};
}

/// At once, even while another thread polls the socket and so holds on to it.
void shut(int fd) {
  ::shutdown(fd, SHUT_RDWR);
  ::close(fd);
}

} // namespace

std::uint16_t free_port() {
  const auto [fd, port] = bind_loopback(0);
  ::close(fd);
  return port;
}

line_server::line_server(std::string text, start_at start, std::uint16_t port) : text_{std::move(text)}, start_{start} {
  std::tie(listener_, port_) = bind_loopback(port);
  require(::listen(listener_, SOMAXCONN) == 0, "listen");
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  require(wake_ >= 0, "eventfd");
  thread_ = std::thread{[this] { serve(); }};
}

line_server::~line_server() {
  close();
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake();
  thread_.join();
  ::close(wake_);
}

void line_server::send(std::string_view text) {
  const std::lock_guard lock{mutex_};
  text_ += text;
  wake();
}

void line_server::pause(std::size_t offset) {
  const std::lock_guard lock{mutex_};
  pause_at_ = offset;
}

void line_server::resume() {
  const std::lock_guard lock{mutex_};
  pause_at_ = std::numeric_limits<std::size_t>::max();
  wake();
}

void line_server::close_clients() {
  const std::lock_guard lock{mutex_};
  for (const auto& each : clients_)
    shut(each.fd);
  clients_.clear();
  wake();
}

void line_server::close() {
  close_clients();
  const std::lock_guard lock{mutex_};
  if (listener_ >= 0)
    shut(std::exchange(listener_, -1));
  wake();
}

std::size_t line_server::accepted() const {
  const std::lock_guard lock{mutex_};
  return accepted_;
}

std::size_t line_server::sent() const {
  const std::lock_guard lock{mutex_};
  return sent_;
}

bool line_server::wait_for_accepted(std::size_t count, std::chrono::milliseconds timeout) const {
  std::unique_lock lock{mutex_};
  return progress_.wait_for(lock, timeout, [this, count] { return accepted_ >= count; });
}

bool line_server::wait_for_sent(std::size_t bytes, std::chrono::milliseconds timeout) const {
  std::unique_lock lock{mutex_};
  return progress_.wait_for(lock, timeout, [this, bytes] { return sent_ >= bytes; });
}

void line_server::wake() const { ::eventfd_write(wake_, 1); }

std::size_t line_server::limit() const { return std::min(text_.size(), pause_at_); }

void line_server::serve() {
  std::vector<pollfd> watched;
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    // Descriptors may be closed by others while we poll, so what poll says is only a reason to look again.
    watched.assign({pollfd{wake_, POLLIN, 0}, pollfd{listener_, POLLIN, 0}});
    for (const auto& each : clients_)
      watched.push_back({each.fd, static_cast<short>(each.offset < limit() ? POLLOUT : POLLRDHUP), 0});
    lock.unlock();
    ::poll(watched.data(), watched.size(), -1);
    lock.lock();
    eventfd_t ignored = 0;
    ::eventfd_read(wake_, &ignored);
    accept_one();
    std::erase_if(clients_, [this](client& each) { return !feed(each); });
    progress_.notify_all();
  }
}

void line_server::accept_one() {
  const auto fd = listener_ < 0 ? -1 : ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0)
    return;
  clients_.push_back({fd, start_ == start_at::beginning ? 0 : sent_});
  ++accepted_;
}

bool line_server::feed(client& to) {
  std::array<char, 4096> ignored; // what clients say is dropped
  auto alive = true;
  for (ssize_t n = 1; n > 0;) {
    n = ::recv(to.fd, ignored.data(), ignored.size(), MSG_DONTWAIT);
    alive = n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
  }
  while (alive && to.offset < limit()) {
    const auto n = ::send(to.fd, text_.data() + to.offset, limit() - to.offset, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      alive = errno == EAGAIN || errno == EINTR;
      break;
    }
    to.offset += static_cast<std::size_t>(n);
    sent_ = std::max(sent_, to.offset);
  }
  if (!alive)
    ::close(to.fd);
  return alive;
}

} // namespace sluice::test
