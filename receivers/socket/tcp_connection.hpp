// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <sluice/actors/base/time.hpp>
#include <sluice/actors/os/descriptor.hpp>
#include <sluice/actors/os/interruption.hpp>

namespace sluice {

/// The result of an operation on a connection.
struct tcp_result {
  enum class outcome {
    done,         ///< `bytes` were read or written, or the connection is open
    at_end,       ///< the other side has closed
    interrupted,  ///< somebody called `interruption::set`
    woken,        ///< so did somebody for the other one, or bytes can be written
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

  /// The same, but returns also when `wake` is set and, on request, when bytes can be written. If `into` is empty it
  /// waits for that alone, or for the end of the connection in both directions.
  tcp_result read(std::span<char> into, const interruption& stop, const interruption& wake, bool until_writable);

  /// Writes as many bytes as can be without waiting, 0 if none can. Requires an open connection.
  tcp_result write(std::string_view bytes);

private:
  descriptor socket_;
};

} // namespace sluice
