// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::test {

/// A TCP port of 127.0.0.1 that nothing listened on a moment ago. Somebody else may take it before you do.
std::uint16_t free_port();

/// A TCP server on 127.0.0.1 that sends text to whoever connects, as `nc -lk` does: the other end of a socket stream.
/// Connections stay open when everything is sent; what is added later goes to them too. Thread safe.
class line_server {
public:
  /// What a client gets when it connects.
  enum class start_at {
    beginning, ///< every client gets everything
    rest,      ///< a client gets what no client was sent before it
  };

  /// Listens, on a port of the system's choice if `port` is 0. Throws std::system_error if it is taken.
  explicit line_server(std::string text = {}, start_at start = start_at::beginning, std::uint16_t port = 0);
  line_server(const line_server&) = delete;
  line_server& operator=(const line_server&) = delete;
  ~line_server();

  std::uint16_t port() const { return port_; }

  /// Adds to the text.
  void send(std::string_view text);
  /// Sends nothing beyond the text's first `offset` bytes until `resume`; a client that got more keeps it.
  void pause(std::size_t offset = 0);
  void resume();
  /// Closes every connection and goes on listening.
  void close_clients();
  /// Closes every connection and the listening socket for good: clients are refused from now on.
  void close();

  /// Connections accepted so far.
  std::size_t accepted() const;
  /// Bytes of the text handed to the system for any client so far: the largest offset that was reached.
  std::size_t sent() const;
  /// Whether that many connections were accepted, or bytes sent, within the time.
  bool wait_for_accepted(std::size_t count, std::chrono::milliseconds timeout = std::chrono::seconds{10}) const;
  bool wait_for_sent(std::size_t bytes, std::chrono::milliseconds timeout = std::chrono::seconds{10}) const;

private:
  struct client {
    int fd;
    std::size_t offset;
  };

  void serve();
  void wake() const;
  void accept_one();
  /// Sends to one client what may be sent. False if it has gone.
  bool feed(client& to);
  std::size_t limit() const;

  mutable std::mutex mutex_; // guards everything below but the thread
  mutable std::condition_variable progress_;
  std::string text_;
  start_at start_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  int wake_ = -1; // an eventfd: something changed for the thread to see
  bool stopping_ = false;
  std::size_t pause_at_ = std::numeric_limits<std::size_t>::max();
  std::size_t accepted_ = 0;
  std::size_t sent_ = 0;
  std::vector<client> clients_;
  std::thread thread_;
};

} // namespace sluice::test
