// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/http/http_head.hpp>

#include <algorithm>
#include <array>
#include <ostream> // which Boost's header lacks
#include <string_view>

#include <boost/beast/http/status.hpp>

namespace sluice::detail {

namespace {

// A page may load and call its own server only, and stand in no frame of another.
constexpr std::string_view always =
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n";

bool is_own(std::string_view name) {
  constexpr std::array<std::string_view, 4> own{"Connection", "Content-Length", "Content-Type", "Transfer-Encoding"};
  return std::ranges::any_of(own, [name](std::string_view x) { return same_ignoring_case(x, name); });
}

void add(std::string& to, std::string_view name, std::string_view value) {
  const auto begin = to.size();
  to.append(name).append(": ").append(value);
  std::replace_if(
      to.begin() + static_cast<std::ptrdiff_t>(begin), to.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, ' ');
  to += "\r\n";
}

} // namespace

std::string head_of(const http_response& response, after_answer then) {
  const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
  auto result = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  result.append(reason.data(), reason.size()).append("\r\n");
  auto has_cache_control = false;
  for (const auto& [name, value] : response.headers) {
    has_cache_control = has_cache_control || same_ignoring_case(name, "Cache-Control");
    if (!is_own(name))
      add(result, name, value);
  }
  if (!has_cache_control)
    add(result, "Cache-Control", "no-store");
  result += always;
  add(result, "Content-Type", response.content_type);
  add(result, "Content-Length", std::to_string(response.body.size()));
  add(result, "Connection", then == after_answer::close ? "close" : "keep-alive");
  return result += "\r\n";
}

} // namespace sluice::detail
