// SPDX-License-Identifier: BSD-3-Clause
#include "renamed_directories.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "line_sender.hpp"

namespace sluice::bench {

renamed_directories::renamed_directories(const std::filesystem::path& where)
    : fd_{inotify_init1(IN_CLOEXEC | IN_NONBLOCK)} {
  if (fd_ < 0 || inotify_add_watch(fd_, where.c_str(), IN_MOVED_TO) < 0)
    throw std::system_error{errno, std::generic_category(), where.string()};
  thread_ = std::thread{[this] { run(); }};
}

renamed_directories::~renamed_directories() {
  finish();
  close(fd_);
}

std::vector<renamed_directories::arrival> renamed_directories::finish() {
  stop_ = true;
  if (thread_.joinable())
    thread_.join();
  return std::move(seen_);
}

void renamed_directories::run() {
  constexpr int patience_ms = 20;
  for (pollfd one{fd_, POLLIN, 0}; !stop_;)
    if (poll(&one, 1, patience_ms) > 0)
      read_events();
  read_events();
}

void renamed_directories::read_events() {
  alignas(inotify_event) std::array<std::byte, std::size_t{64} * 1024> buffer;
  const auto size = read(fd_, buffer.data(), buffer.size());
  const auto now = nanoseconds_now();
  for (ssize_t at = 0; at < size;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
    seen_.push_back({event->name, now});
    at += static_cast<ssize_t>(sizeof *event + event->len);
  }
}

} // namespace sluice::bench
