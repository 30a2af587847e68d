// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/socket/socket_reader.hpp>

#include <exception>

namespace sluice {

namespace {

using outcome = tcp_result::outcome;

/// "localhost:9999", "[::1]:9999".
std::string address(const socket_server& server) {
  const auto shown = server.host.find(':') == std::string::npos ? server.host : "[" + server.host + "]";
  return shown + ":" + std::to_string(server.port);
}

} // namespace

socket_server checked_server(const std::string& function, std::string host, int port, duration connect_timeout,
                             duration reconnect_delay) {
  if (host.empty())
    throw usage_error(function + ": the host must not be empty; use \"localhost\" for this machine");
  if (port < 1 || port > 65535)
    throw usage_error(function + ": port must be 1 to 65535, not " + std::to_string(port));
  if (connect_timeout <= duration::zero() || reconnect_delay < duration::zero())
    throw usage_error(function + ": connect_timeout must be positive and reconnect_delay not negative");
  return {std::move(host), static_cast<std::uint16_t>(port), connect_timeout, reconnect_delay};
}

std::string describe(const socket_server& server) { return "socket " + address(server); }

void socket_reader::start() {
  stop_.reset();
  thread_ = std::thread{[this] { run(); }};
}

void socket_reader::stop() {
  stop_.set();
  if (thread_.joinable())
    thread_.join();
}

void socket_reader::run() {
  try {
    tcp_connection connection;
    if (!connect(connection))
      return;
    const auto sink = make_();
    read(connection, *sink);
  } catch (const std::exception& e) {
    try_again(e.what());
  } catch (...) {
    try_again("an exception of a type not derived from std::exception");
  }
}

bool socket_reader::connect(tcp_connection& to) {
  const auto result = to.open(from_.host, from_.port, from_.connect_timeout, stop_);
  const auto is_first = std::exchange(is_first_attempt_, false);
  switch (result.how) {
    case outcome::done: owner_.report_info("connected to " + address(from_)); return true;
    case outcome::at_end:
    case outcome::interrupted: return false;
    case outcome::unknown_host:
      if (is_first)
        owner_.stop(prefix() + "unknown host; check its spelling, or give its IP address", ec::connection_failed);
      else
        try_again("unknown host");
      return false;
    case outcome::refused:
      try_again("connection refused; is a server listening there (for example `nc -lk " + std::to_string(from_.port)
                + "`)?");
      return false;
    case outcome::failed:
      try_again(result.what + "; is the address right, and can it be reached from here?");
      return false;
  }
  return false;
}

void socket_reader::read(tcp_connection& from, byte_sink& to) {
  while (!owner_.is_stopped()) {
    const auto result = from.read(to.space(), stop_);
    if (result.how == outcome::interrupted)
      return;
    if (result.how != outcome::done) {
      const auto rest = to.finish();
      try_again((result.how == outcome::at_end ? "the server closed the connection" : result.what)
                + (rest ? "; " + *rest : ""));
      return;
    }
    if (const auto wrong = to.take(result.bytes)) {
      try_again(*wrong + ", so the connection was dropped");
      return;
    }
  }
}

void socket_reader::try_again(const std::string& why) { owner_.restart(prefix() + why, from_.reconnect_delay); }

} // namespace sluice
