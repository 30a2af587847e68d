// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>

#include <sluice/tool/client/server_address.hpp>

namespace sluice::tool {

/// What a server may take of our time and memory.
struct http_limits {
  std::chrono::milliseconds connect{3000};  ///< to connect, once its name is known
  std::chrono::milliseconds answer{10'000}; ///< from the connection to the last byte of the answer
  std::size_t body = std::size_t{16} * 1024 * 1024;
};

struct http_question {
  std::string method = "GET";
  std::string target;
  std::string body; ///< JSON, if it is not empty
  std::string token;
};

struct http_reply {
  unsigned status = 0;
  std::string body;
};

/// Why there is no answer.
enum class no_reply { unknown_host, not_listening, not_reached, too_late, too_large, not_http, broken_off };

class http_failure : public std::runtime_error {
public:
  http_failure(no_reply why, const std::string& details) : std::runtime_error{details}, why_{why} {}

  no_reply why() const { return why_; }

private:
  no_reply why_;
};

/// Asks over a connection of its own. Throws `http_failure` if no whole answer comes within the limits.
http_reply ask(const server_address& of, const http_question& question, const http_limits& limits = {});

} // namespace sluice::tool
