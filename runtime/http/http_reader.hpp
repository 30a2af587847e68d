// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <sluice/runtime/http/http_message.hpp>

namespace sluice::detail {

/// Makes requests of the bytes of one connection (RFC 9112), within fixed limits: it never holds more than a header, a
/// body and one read. Plain logic, without socket and clock. After a refusal it is of no more use: where the next
/// request would begin is not known.
class http_reader {
public:
  struct limits {
    std::size_t header_bytes;
    std::size_t body_bytes;
  };

  enum class outcome {
    incomplete, ///< more bytes are needed
    complete,   ///< `take` has the request
    refused,    ///< `refusal` has the answer, after which the connection is to be closed
  };

  explicit http_reader(limits most);
  ~http_reader();

  /// Where to put the next bytes. Requires that the last outcome was `incomplete`.
  std::span<char> space();
  void add(std::size_t bytes);

  /// Reads on in the bytes that are there. They may hold several requests, which come one after another.
  outcome next();

  http_request take();
  http_response refusal();

  /// Whether the client wants the connection to stay open after the request that `take` returned last.
  bool keeps_alive() const;

  /// True once, if the client waits for "100 Continue" before it sends the body.
  bool take_continue();

  /// Whether there are bytes of a request that is not complete.
  bool has_begun() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::detail
