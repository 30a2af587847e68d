// SPDX-License-Identifier: BSD-3-Clause
#include "line_sender.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto together = 200us;
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

std::string time_word(std::uint64_t nanoseconds) {
  std::array<char, 15> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), nanoseconds, 16).ptr;
  const auto size = static_cast<std::size_t>(end - digits.begin());
  return '@' + std::string(digits.size() - size, '0').append(digits.begin(), size);
}

std::uint64_t time_in(std::string_view word) {
  std::uint64_t result = 0;
  std::from_chars(word.data() + 1, word.data() + word.size(), result, 16);
  return result;
}

line_sender::line_sender(const std::vector<std::string>& lines) : listener_{listen_on_loopback()} {
  const auto blank = time_word(0) + ' ';
  for (const auto& line : lines) {
    begins_.push_back(text_.size());
    text_ += blank + line + '\n';
  }
  begins_.push_back(text_.size());
  thread_ = std::thread{[this] { run(); }};
}

line_sender::~line_sender() {
  stop_ = true;
  set_rate(no_limit); // it may wait for one
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
      rate_.wait(0); // costs nothing, which would count as Sluice's where that has nothing to do
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
  const auto stamp = time_word(nanoseconds_now());
  while (count != 0) {
    const auto end = std::min(next_ + count, begins_.size() - 1);
    for (auto i = next_; i != end; ++i)
      stamp.copy(text_.data() + begins_[i], stamp.size());
    if (!send_whole(to, std::string_view{text_}.substr(begins_[next_], begins_[end] - begins_[next_])))
      return false;
    sent_ += end - next_;
    count -= end - next_;
    next_ = end + 1 == begins_.size() ? 0 : end;
  }
  return true;
}

bool line_sender::send_whole(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      return false;
    if (n > 0)
      bytes.remove_prefix(static_cast<std::size_t>(n));
    else
      wait_for(to, POLLOUT);
    if (stop_)
      return false;
  }
  return true;
}

} // namespace sluice::bench
