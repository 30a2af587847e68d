// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/http/http_guard.hpp>

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include <sluice/actors/base/errors.hpp>

namespace sluice::detail {

namespace {

constexpr std::string_view cookie_name = "sluice_token";

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// Whether a Host header, with or without a port, names this machine.
bool names_this_machine(std::string_view host) {
  constexpr std::array<std::string_view, 3> names{"localhost", "127.0.0.1", "[::1]"};
  return std::ranges::any_of(names, [host](std::string_view name) {
    if (!same_ignoring_case(host.substr(0, name.size()), name))
      return false;
    const auto port = host.substr(name.size());
    return port.empty()
           || (port.size() > 1 && port[0] == ':' && port.find_first_not_of("0123456789", 1) == std::string_view::npos);
  });
}

/// Whether an Origin header is the site that the request is for. The scheme may be another: a proxy in front of the
/// page may speak TLS.
bool is_origin_of(std::string_view origin, std::string_view host) {
  const auto colon = origin.find("://");
  return colon != std::string_view::npos && same_ignoring_case(origin.substr(colon + 3), host);
}

bool is_json(std::string_view content_type) {
  return same_ignoring_case(trimmed(content_type.substr(0, content_type.find(';'))), "application/json");
}

bool is_read(std::string_view method) { return method == "GET" || method == "HEAD"; }

http_response method_refused(const std::string& method) {
  auto result = http_error(405, "the method " + method + " is not known here: use GET, HEAD or POST");
  result.headers.emplace_back("Allow", "GET, HEAD, POST");
  return result;
}

http_response token_refused() {
  auto result = http_error(401, "this page needs its token: open /?token=TOKEN once in a browser, or send the header "
                                "Authorization: Bearer TOKEN");
  result.headers.emplace_back("WWW-Authenticate", "Bearer");
  return result;
}

http_response host_refused() {
  return http_error(403, "this page answers under localhost, 127.0.0.1 and [::1] only: use one of them in its "
                         "address, or give the program --ui-token-file FILE");
}

} // namespace

bool http_guard::is_token(std::string_view given) const {
  // Takes as long for every text of this length, so that no time tells how much of it is right.
  const auto& token = options_.token;
  auto differs = static_cast<unsigned>(given.size() != token.size());
  for (std::size_t i = 0; i < given.size(); ++i)
    differs |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(token[i % token.size()]);
  return differs == 0;
}

bool http_guard::has_token(const http_request& request) const {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view authorization = request.authorization;
  if (same_ignoring_case(authorization.substr(0, scheme.size()), scheme)
      && is_token(trimmed(authorization.substr(scheme.size()))))
    return true;
  for (std::string_view rest = request.cookie; !rest.empty();) {
    const auto part = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const auto cookie = trimmed(part);
    const auto equals = cookie.find('=');
    if (equals != std::string_view::npos && cookie.substr(0, equals) == cookie_name
        && is_token(cookie.substr(equals + 1)))
      return true;
  }
  return false;
}

std::optional<http_response> http_guard::refuse_stranger(const http_request& request) const {
  const auto reads = is_read(request.method);
  const auto names_us = names_this_machine(request.host);
  if (options_.token.empty())
    return names_us ? std::nullopt : std::optional{host_refused()};
  if (reads && (request.path == "/healthz" || request.path == "/readyz"))
    return names_us || !options_.loopback_only ? std::nullopt : std::optional{host_refused()};
  const auto* const given = request.parameter("token");
  if (request.method == "GET" && request.path == "/" && given != nullptr) {
    auto token = *given;
    std::ranges::replace(token, ' ', '+'); // a token has no spaces, and a query no other way to show a plain '+'
    if (!is_token(token))
      return token_refused();
    return http_response{
        303,
        "text/plain",
        "",
        {{"Location", "/"},
         {"Set-Cookie", std::string{cookie_name} + '=' + options_.token + "; HttpOnly; SameSite=Strict; Path=/"}}};
  }
  return has_token(request) ? std::nullopt : std::optional{token_refused()};
}

std::optional<http_response> http_guard::refuse(const http_request& request) const {
  if (auto refused = refuse_stranger(request))
    return refused;
  if (is_read(request.method))
    return std::nullopt;
  if (!request.origin.empty() && !is_origin_of(request.origin, request.host))
    return http_error(403, "a page of another site must not change anything here");
  if (request.method != "POST")
    return method_refused(request.method);
  if (!request.body.empty() && !is_json(request.content_type))
    return http_error(415, "the body of a POST must have the Content-Type application/json");
  return std::nullopt;
}

bool is_loopback_address(const std::string& address) {
  in_addr v4{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1)
    return ntohl(v4.s_addr) >> 24U == 127;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&v6);
  return same_ignoring_case(address, "localhost");
}

void check_ui_address(const std::string& address, const std::string& token) {
  if (token.empty() && !is_loopback_address(address))
    throw usage_error{"other machines can reach the page at " + address
                      + ", and everybody on them could use it: give --ui-token-file FILE"};
}

} // namespace sluice::detail
