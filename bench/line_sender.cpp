// SPDX-License-Identifier: BSD-3-Clause
#include "line_sender.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto together = 100us;
constexpr std::size_t lines_flat_out = 500;

/// Whether `events` came within 50 ms.
bool wait_for(int fd, short events) {
  pollfd one{fd, events, 0};
  return poll(&one, 1, 50) > 0;
}

} // namespace

std::uint64_t nanoseconds_now() {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count());
}

line_sender::line_sender(std::vector<std::string> lines) : lines_{std::move(lines)}, listener_{listen_on_loopback()} {
  thread_ = std::thread{[this] { run(); }};
}

line_sender::~line_sender() {
  stop_ = true;
  thread_.join();
  close(listener_.fd);
}

void line_sender::run() {
  while (!stop_ && !wait_for(listener_.fd, POLLIN))
    ;
  if (stop_)
    return;
  const auto to = accept4(listener_.fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (to < 0)
    return;
  const int yes = 1;
  setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  send_at_rates(to);
  close(to);
}

void line_sender::send_at_rates(int to) {
  auto rate = 0.0;
  auto since = std::chrono::steady_clock::now();
  double sent = 0;
  while (!stop_) {
    const auto now = std::chrono::steady_clock::now();
    if (const auto wanted = rate_.load(); wanted != rate) {
      rate = wanted;
      since = now;
      sent = 0;
    }
    if (rate == 0) {
      std::this_thread::sleep_for(10ms);
      continue;
    }
    const auto due = rate * std::chrono::duration<double>{now - since}.count() - sent;
    const auto count = rate == no_limit ? lines_flat_out : static_cast<std::size_t>(std::max(due, 0.0));
    if (count != 0 && !send_lines(to, count))
      return;
    sent += static_cast<double>(count);
    if (rate != no_limit)
      std::this_thread::sleep_until(now + together);
  }
}

bool line_sender::send_lines(int to, std::size_t count) {
  const auto stamp = '@' + std::to_string(nanoseconds_now()) + ' ';
  buffer_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    buffer_ += stamp;
    buffer_ += lines_[next_];
    buffer_ += '\n';
    next_ = next_ + 1 == lines_.size() ? 0 : next_ + 1;
  }
  for (std::string_view rest = buffer_; !rest.empty();) {
    const auto n = send(to, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      return false;
    if (n > 0)
      rest.remove_prefix(static_cast<std::size_t>(n));
    else
      wait_for(to, POLLOUT);
    if (stop_)
      return false;
  }
  sent_ += count;
  return true;
}

} // namespace sluice::bench
