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
                             duration reconnect_delay, acknowledgement acknowledge) {
  if (host.empty())
    throw usage_error(function + ": the host must not be empty; use \"localhost\" for this machine");
  if (port < 1 || port > 65535)
    throw usage_error(function + ": port must be 1 to 65535, not " + std::to_string(port));
  if (connect_timeout <= duration::zero() || reconnect_delay < duration::zero())
    throw usage_error(function + ": connect_timeout must be positive and reconnect_delay not negative");
  return {std::move(host), static_cast<std::uint16_t>(port), connect_timeout, reconnect_delay, acknowledge};
}

std::string describe(const socket_server& server) { return "socket " + address(server); }

void socket_reader::start() {
  if (from_.acknowledge == acknowledgement::durable && !owner_.is_logged())
    return owner_.stop(prefix()
                           + "acknowledgement::durable needs a log; call ctx.write_ahead_log(true), or run the program "
                             "with --write-ahead-log",
                       ec::invalid_argument);
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
    if (from_.acknowledge == acknowledgement::none)
      read(connection, *sink);
    else
      read_and_acknowledge(connection, *sink);
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
    case outcome::woken:
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

/// A server that has sent everything may close its half of the connection and wait for the last acknowledgements.
void socket_reader::read_and_acknowledge(tcp_connection& from, byte_sink& to) {
  acknowledged_.begin();
  std::optional<std::string> end; // the reason why nothing more can be read
  while (!owner_.is_stopped()) {
    const auto into = end ? std::span<char>{} : to.space();
    const auto result = from.read(into, stop_, news_, !acknowledged_.to_write().empty());
    if (result.how == outcome::interrupted)
      return;
    if (result.how == outcome::done) {
      if (const auto wrong = to.take(result.bytes))
        return try_again(*wrong + ", so the connection was dropped");
    } else if (result.how == outcome::at_end && !end) {
      const auto rest = to.finish();
      end = "the server closed the connection" + (rest ? "; " + *rest : "");
    } else if (result.how != outcome::woken) {
      if (end)
        return try_again(*end);
      const auto rest = to.finish();
      return try_again(result.what + (rest ? "; " + *rest : ""));
    }
    news_.reset();
    if (const auto failure = write_acknowledgements(from, to))
      return try_again(*failure);
    if (end && acknowledged_.are_complete())
      return try_again(*end);
  }
}

/// Returns what went wrong, or nothing.
std::optional<std::string> socket_reader::write_acknowledgements(tcp_connection& to, const byte_sink& from) {
  if (auto mark = acknowledged_.stored(from.records()))
    owner_.mark(std::move(*mark));
  if (acknowledged_.take_flush())
    owner_.flush();
  for (auto bytes = acknowledged_.to_write(); !bytes.empty(); bytes = acknowledged_.to_write()) {
    const auto result = to.write(bytes);
    if (result.how != outcome::done)
      return "an acknowledgement could not be written: " + result.what;
    if (result.bytes == 0)
      break;
    acknowledged_.written(result.bytes);
  }
  return std::nullopt;
}

void socket_reader::cover(acknowledgement how, std::string_view mark) {
  if (how != from_.acknowledge)
    return;
  acknowledged_.cover(mark);
  news_.set();
}

void socket_reader::try_again(const std::string& why) { owner_.restart(prefix() + why, from_.reconnect_delay); }

} // namespace sluice
