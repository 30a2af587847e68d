// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/socket_text_input.hpp>

#include <cstdint>
#include <exception>
#include <string_view>
#include <thread>
#include <utility>

#include <sluice/receivers/line_splitter.hpp>
#include <sluice/receivers/receiver.hpp>
#include <sluice/receivers/tcp_connection.hpp>

namespace sluice {

namespace {

// A line is a record, and a record may be that long.
constexpr std::size_t longest_max_line = max_record_bytes - 1024;

/// "socket localhost:9999", "socket [::1]:9999".
std::string describe_socket(const std::string& host, int port) {
  const auto shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return "socket " + shown + ":" + std::to_string(port);
}

class socket_text_receiver : public receiver<std::string_view> {
public:
  socket_text_receiver(std::string host, std::uint16_t port, socket_options options)
      : host_{std::move(host)}, port_{port}, options_{options} {}

protected:
  void on_start() override {
    stop_.reset();
    thread_ = std::thread{[this] { receive(); }};
  }

  void on_stop() override {
    stop_.set();
    if (thread_.joinable())
      thread_.join();
  }

private:
  using outcome = tcp_result::outcome;

  void receive() {
    try {
      tcp_connection connection;
      if (connect(connection))
        read_lines(connection);
    } catch (const std::exception& e) {
      try_again(e.what());
    }
  }

  bool connect(tcp_connection& to) {
    const auto result = to.open(host_, port_, options_.connect_timeout, stop_);
    const auto is_first = std::exchange(is_first_attempt_, false);
    switch (result.how) {
      case outcome::done: return true;
      case outcome::at_end:
      case outcome::interrupted: return false;
      case outcome::unknown_host:
        if (is_first)
          stop(prefix() + "unknown host; check its spelling, or give its IP address", ec::connection_failed);
        else
          try_again("unknown host");
        return false;
      case outcome::refused:
        try_again("connection refused; is a server listening there (for example `nc -lk " + std::to_string(port_)
                  + "`)?");
        return false;
      case outcome::failed:
        try_again(result.what + "; is the address right, and can it be reached from here?");
        return false;
    }
    return false;
  }

  void read_lines(tcp_connection& from) {
    line_splitter splitter{options_.max_line};
    while (!is_stopped()) {
      const auto result = from.read(splitter.space(), stop_);
      if (result.how == outcome::interrupted)
        return;
      if (result.how != outcome::done) {
        if (const auto rest = splitter.rest())
          store(*rest);
        try_again(result.how == outcome::at_end ? "the server closed the connection" : result.what);
        return;
      }
      store(splitter.take(result.bytes));
      if (splitter.too_long()) {
        try_again("a line is longer than the limit of " + std::to_string(options_.max_line)
                  + " bytes (max_line), so the connection was dropped");
        return;
      }
    }
  }

  void try_again(const std::string& why) { restart(prefix() + why, options_.reconnect_delay); }
  std::string prefix() const { return describe_socket(host_, port_) + ": "; }

  const std::string host_;
  const std::uint16_t port_;
  const socket_options options_;
  bool is_first_attempt_ = true; // belongs to the thread
  interruption stop_;
  std::thread thread_;
};

} // namespace

input socket_text_input(std::string host, int port, socket_options options) {
  const std::string function = "socket_text_stream: ";
  if (host.empty())
    throw usage_error(function + "the host must not be empty; use \"localhost\" for this machine");
  if (port < 1 || port > 65535)
    throw usage_error(function + "port must be 1 to 65535, not " + std::to_string(port));
  if (options.max_line == 0 || options.max_line > longest_max_line)
    throw usage_error(function + "max_line must be 1 to " + std::to_string(longest_max_line) + " bytes, not "
                      + std::to_string(options.max_line));
  if (options.connect_timeout <= duration::zero() || options.reconnect_delay < duration::zero())
    throw usage_error(function + "connect_timeout must be positive and reconnect_delay not negative");
  auto description = describe_socket(host, port);
  return {.kind = "socket_text_stream",
          .description = std::move(description),
          .make_receiver = [host = std::move(host), port = static_cast<std::uint16_t>(port), options] {
            return std::make_shared<socket_text_receiver>(host, port, options);
          }};
}

} // namespace sluice
