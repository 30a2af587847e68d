// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::test {

/// What a server has sent for one request.
struct http_answer {
  int status = 0;
  std::string head; ///< status line and headers
  std::string body;

  bool has(std::string_view line) const { return head.find("\r\n" + std::string{line} + "\r\n") != std::string::npos; }
};

/// A connection to 127.0.0.1 that sends any bytes, as no proper client would. Waits at most 20 s for anything.
class http_client {
public:
  explicit http_client(std::uint16_t port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      throw std::system_error{errno, std::generic_category(), "http_client"};
  }
  http_client(http_client&& other) noexcept : fd_{std::exchange(other.fd_, -1)}, rest_{std::move(other.rest_)} {}
  http_client& operator=(http_client&&) = delete;
  ~http_client() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  /// False if the server has closed the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0)
        return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  /// The next answer. To HEAD it has no body.
  http_answer answer(bool with_body = true) {
    http_answer result;
    const auto end = [this] { return rest_.find("\r\n\r\n"); };
    while (end() == std::string::npos)
      require_more();
    result.head = rest_.substr(0, end() + 4);
    rest_.erase(0, result.head.size());
    result.status = std::atoi(result.head.c_str() + std::string_view{"HTTP/1.1 "}.size());
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto length = result.head.find(name);
    if (!with_body || length == std::string::npos)
      return result;
    const auto size = std::strtoul(result.head.c_str() + length + name.size(), nullptr, 10);
    while (rest_.size() < size)
      require_more();
    result.body = rest_.substr(0, size);
    rest_.erase(0, size);
    return result;
  }

  http_answer ask(std::string_view bytes) {
    send(bytes);
    return answer();
  }

  http_answer get(const std::string& target) { return ask("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n"); }

  /// Waits until the server closes the connection. False if it sends anything before, or the time is over.
  bool is_closed(std::chrono::milliseconds patience = std::chrono::seconds{20}) {
    return rest_.empty() && can_read(patience) && !receive() && rest_.empty();
  }

private:
  bool can_read(std::chrono::milliseconds patience) const {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, static_cast<int>(patience.count())) == 1;
  }

  bool receive() {
    char bytes[4096];
    const auto n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n > 0)
      rest_.append(bytes, static_cast<std::size_t>(n));
    return n > 0;
  }

  void require_more() {
    if (!can_read(std::chrono::seconds{20}) || !receive())
      throw std::runtime_error{"http_client: the connection was closed, or no answer came; last: " + rest_};
  }

  int fd_;
  std::string rest_; ///< bytes that came after the last answer
};

} // namespace sluice::test
