// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <sluice/actors/time.hpp>

namespace sluice {

/// A file descriptor, closed at the end.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_{fd} {}
  descriptor(descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  descriptor& operator=(descriptor&& other) noexcept;
  ~descriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_ = -1;
};

/// Ends the waiting of another thread, now or later, until it is reset. Thread safe.
class interruption {
public:
  /// Throws std::system_error if the process has no descriptor left.
  interruption();

  void set();
  void reset();
  int fd() const { return event_.get(); }

private:
  descriptor event_;
};

/// How an operation on a connection went.
struct tcp_result {
  enum class outcome {
    done,         ///< `bytes` were read, or the connection is open
    at_end,       ///< the other side has closed
    interrupted,  ///< somebody called `interruption::set`
    unknown_host, ///< nobody knows that name
    refused,      ///< the host is there, and nobody listens at that port
    failed,
  };

  outcome how = outcome::done;
  std::size_t bytes = 0;
  std::string what = {}; ///< what went wrong, for people
};

/// The client's end of a TCP connection. Waits, but never longer than `stop` lets it.
class tcp_connection {
public:
  /// Tries every address of `host` (IPv4 and IPv6), each for as long as `timeout`, until one answers.
  tcp_result open(const std::string& host, std::uint16_t port, duration timeout, const interruption& stop);

  /// Waits for bytes and takes as many as there are and fit. Requires an open connection.
  tcp_result read(std::span<char> into, const interruption& stop);

private:
  descriptor socket_;
};

} // namespace sluice
