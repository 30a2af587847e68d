// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cerrno>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::test {

/// A server at a free port of 127.0.0.1 that answers each request with whatever bytes it is told, and hangs up.
class answering_server {
public:
  /// The bytes for a request, which is given as it came, with its body.
  using answer = std::function<std::string(const std::string&)>;

  explicit answering_server(answer with)
      : with_{std::move(with)}, fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (fd_ < 0 || ::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(fd_, 16) != 0
        || ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      throw std::system_error{errno, std::generic_category(), "answering_server"};
    port_ = ntohs(at.sin_port);
    thread_ = std::jthread{[this] { serve(); }};
  }
  explicit answering_server(std::string bytes)
      : answering_server{answer{[bytes = std::move(bytes)](const std::string&) { return bytes; }}} {}
  answering_server(const answering_server&) = delete;
  answering_server& operator=(const answering_server&) = delete;
  ~answering_server() { close(); }

  /// From now on nobody listens there.
  void close() {
    if (!thread_.joinable())
      return;
    ::shutdown(fd_, SHUT_RDWR); // wakes accept
    thread_.join();
    ::close(fd_);
  }

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  /// The last request.
  std::string last() const {
    const std::lock_guard lock{mutex_};
    return last_;
  }

private:
  void serve() {
    for (int peer = ::accept(fd_, nullptr, nullptr); peer >= 0; peer = ::accept(fd_, nullptr, nullptr)) {
      auto request = receive(peer);
      const auto bytes = with_(request);
      {
        const std::lock_guard lock{mutex_};
        last_ = std::move(request);
      }
      send(peer, bytes);
      if (bytes.empty())
        receive_all(peer); // it says nothing, until the other side has had enough
      ::close(peer);
    }
  }

  static std::string receive(int peer) {
    std::string result;
    char bytes[4096];
    for (;;) {
      const auto end = result.find("\r\n\r\n");
      constexpr std::string_view name = "Content-Length: ";
      const auto length = result.find(name);
      if (end != std::string::npos
          && (length == std::string::npos
              || result.size() >= end + 4 + std::stoul(result.substr(length + name.size()))))
        return result;
      const auto n = ::recv(peer, bytes, sizeof bytes, 0);
      if (n <= 0)
        return result;
      result.append(bytes, static_cast<std::size_t>(n));
    }
  }

  static void receive_all(int peer) {
    char bytes[4096];
    while (::recv(peer, bytes, sizeof bytes, 0) > 0) {
    }
  }

  static void send(int peer, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0)
        return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  answer with_;
  int fd_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::string last_;
  std::jthread thread_;
};

inline std::string http_reply_text(unsigned status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status)
         + " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace sluice::test
