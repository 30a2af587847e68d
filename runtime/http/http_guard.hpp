// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sluice/runtime/http/http_message.hpp>

namespace sluice::detail {

/// Decides who may see a page and use its buttons. Plain logic. Against three kinds of others:
/// - other machines: an address that they can reach needs a token (`check_ui_address`);
/// - a page of another site, in a browser on this machine, that gives its own name this machine's address (DNS
///   rebinding): its requests carry that name as Host;
/// - a page of another site that posts to this one: its requests carry its Origin, and its forms cannot say JSON.
class http_guard {
public:
  struct options {
    bool loopback_only = true; ///< the server's address is one of this machine alone
    std::string token;         ///< empty: none is needed
  };

  explicit http_guard(options o) : options_{std::move(o)} {}

  /// The answer to a request that goes no further: an error, or the redirection that follows `GET /?token=…`. Nothing
  /// if the request may be answered. Even with a token, everybody may read `/healthz` and `/readyz`: a
  /// probe has none.
  std::optional<http_response> refuse(const http_request& request) const;

private:
  std::optional<http_response> refuse_stranger(const http_request& request) const;
  bool is_token(std::string_view given) const;
  bool has_token(const http_request& request) const;

  options options_;
};

/// Throws usage_error if the address can be reached from other machines and there is no token.
void check_ui_address(const std::string& address, const std::string& token);

/// Whether an address is one of this machine alone: localhost, 127.x.y.z or ::1. Asks no name server.
bool is_loopback_address(const std::string& address);

} // namespace sluice::detail
