// SPDX-License-Identifier: BSD-3-Clause
//
// A small HTTP/1.1 server for a program's own page. It must never harm the program: it has one thread, which
// uses no more than a seventh of a core; it holds a bounded number of connections, each with bounded memory; and every
// wait for a client ends. Boost.Asio and Boost.Beast do the work and are seen in the .cpp files only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <sluice/runtime/http/http_message.hpp>

namespace sluice::detail {

/// Serves from its construction to its destruction. The handler is called on the server's thread, one request at a
/// time. An exception of its is logged, and answered with 500. It must not destroy the server, and should be quick: no
/// other client is served meanwhile, and the destructor waits for it.
///
///     http_server server{{.port = 0}, [](const http_request& x) { return http_response{.body = '"' + x.path + '"'};
///     }}; log_info("the page is at " + server.address());
class http_server {
public:
  struct options {
    std::string address = "127.0.0.1"; ///< an address of this machine in numbers, or localhost
    std::uint16_t port = 4040;         ///< 0: any free one
    int ports_to_try = 16;             ///< from `port` on, while they are taken
    /// A client beyond them is served all the same: the connection that has waited longest is closed.
    std::size_t most_connections = 128;
    std::size_t most_header_bytes = std::size_t{8} << 10;
    std::size_t most_body_bytes = std::size_t{64} << 10;
    /// Bytes of answers that clients have not taken yet, of all connections. The oldest one is closed if they are more.
    std::size_t most_unsent_bytes = std::size_t{16} << 20;
    /// A request must have arrived within it, and an answer must be taken. A connection without requests is closed
    /// after it.
    std::chrono::milliseconds idle_limit = std::chrono::seconds{10};
    /// From all clients together; 0: no limit. As many may come at once. Any more are answered with 429.
    double most_requests_per_second = 200;
  };

  /// Throws runtime_failure, which says what to do, if it cannot listen there.
  http_server(options o, http_handler handler);
  /// Closes all connections, whatever they wait for.
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// The port that it has got.
  std::uint16_t port() const;
  /// As "http://127.0.0.1:4040".
  std::string address() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::detail
