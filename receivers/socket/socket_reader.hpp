// SPDX-License-Identifier: BSD-3-Clause
//
// The common part of all receivers that read from a TCP server: a thread that connects, reads, and connects again when
// that ends. A `byte_sink`, one per connection, makes something of the bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <sluice/actors/base/time.hpp>
#include <sluice/receivers/receiver/input.hpp>
#include <sluice/receivers/receiver/receiver.hpp>
#include <sluice/receivers/socket/acknowledgement.hpp>
#include <sluice/receivers/socket/tcp_connection.hpp>

namespace sluice {

/// Takes the bytes of one connection. What it throws ends the connection, too.
class byte_sink {
public:
  virtual ~byte_sink() = default;

  /// Where the next bytes go; not empty.
  virtual std::span<char> space() = 0;

  /// `n` bytes were put there. Returns what is wrong with them, which ends the connection, or nothing.
  virtual std::optional<std::string> take(std::size_t n) = 0;

  /// There will be no more. Returns what is wrong with that, or nothing.
  virtual std::optional<std::string> finish() = 0;

  /// How many records of this connection have been stored: the number to acknowledge. Need not be right if nothing is.
  virtual std::uint64_t records() const = 0;
};

/// Where a server is, and how long to wait for it.
struct socket_server {
  std::string host;
  std::uint16_t port;
  duration connect_timeout;
  duration reconnect_delay;
  acknowledgement acknowledge;
};

/// Throws usage_error, in the name of `function`, for an empty host, a port that is not 1 to 65535, and times that
/// cannot be.
socket_server checked_server(const std::string& function, std::string host, int port, duration connect_timeout,
                             duration reconnect_delay, acknowledgement acknowledge);

/// "socket localhost:9999", "socket [::1]:9999".
std::string describe(const socket_server& server);

/// The thread of a receiver that reads from a server. Connects again whenever a connection ends or fails, through
/// `restart` of the receiver. A host nobody knows is the end, if it is so at the first attempt.
class socket_reader {
public:
  using sink_factory = std::function<std::unique_ptr<byte_sink>()>;

  /// `owner` outlives it.
  socket_reader(receiver_base& owner, socket_server from, sink_factory make)
      : owner_{owner}, from_{std::move(from)}, make_{std::move(make)}, acknowledged_{from_.acknowledge} {}

  void start();
  void stop();

  /// The records up to a mark are in the log, or committed.
  void cover(acknowledgement how, std::string_view mark);

private:
  void run();
  bool connect(tcp_connection& to);
  void read(tcp_connection& from, byte_sink& to);
  void read_and_acknowledge(tcp_connection& from, byte_sink& to);
  std::optional<std::string> write_acknowledgements(tcp_connection& to, const byte_sink& from);
  void try_again(const std::string& why);
  std::string prefix() const { return describe(from_) + ": "; }

  receiver_base& owner_;
  const socket_server from_;
  sink_factory make_;
  bool is_first_attempt_ = true; // belongs to the thread
  acknowledgement_lines acknowledged_;
  interruption stop_;
  interruption news_; // of what may be acknowledged
  std::thread thread_;
};

/// A receiver whose records are made by a `byte_sink`, which stores them in it.
template <record T>
class socket_receiver : public receiver<T> {
public:
  using sink_factory = std::function<std::unique_ptr<byte_sink>(receiver<T>&)>;

  socket_receiver(socket_server from, sink_factory make)
      : reader_{*this, std::move(from), [this, make = std::move(make)] { return make(*this); }} {}

protected:
  void on_start() override { reader_.start(); }
  void on_stop() override { reader_.stop(); }
  void on_durable(std::string_view mark) override { reader_.cover(acknowledgement::durable, mark); }
  void on_committed(std::string_view mark) override { reader_.cover(acknowledgement::committed, mark); }

private:
  socket_reader reader_;
};

/// The input that such receivers make up.
template <record T>
input<T> make_socket_input(std::string kind, socket_server from, typename socket_receiver<T>::sink_factory make,
                           double max_rate) {
  auto description = describe(from);
  return {.kind = std::move(kind),
          .description = std::move(description),
          .make_receiver = [from = std::move(from),
                            make = std::move(make)] { return std::make_shared<socket_receiver<T>>(from, make); },
          .max_rate = max_rate};
}

} // namespace sluice
