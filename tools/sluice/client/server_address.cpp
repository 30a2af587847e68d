// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/client/server_address.hpp>

#include <algorithm>
#include <charconv>
#include <memory>

#include <sluice/tool/client/failure.hpp>
#include <sluice/tool/text/printable.hpp>

namespace sluice::tool {

namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw failure{exit_code::usage, std::string{"the address '"}
                                      .append(printable(text))
                                      .append("' ")
                                      .append(why)
                                      .append("; give HOST:PORT, as in --at 127.0.0.1:4040")};
}

bool is_in_host(char x) {
  return (x >= '0' && x <= '9') || (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || x == '.' || x == '-' || x == '_';
}

bool is_in_ipv6(char x) { return is_in_host(x) || x == ':' || x == '%'; }

} // namespace

std::string server_address::text() const {
  const auto is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

server_address parse_server_address(std::string_view text) {
  constexpr std::string_view http = "http://";
  auto rest = text;
  if (rest.starts_with("https://"))
    refuse(text, "asks for TLS, which neither this tool nor a program speaks");
  if (rest.starts_with(http))
    rest.remove_prefix(http.size());
  if (rest.ends_with('/'))
    rest.remove_suffix(1);
  server_address result;
  std::string_view port;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos)
      refuse(text, "has no ']'");
    result.host = rest.substr(1, end - 1);
    port = rest.substr(end + 1);
  } else {
    const auto colon = std::min(rest.find(':'), rest.size());
    if (colon != 0)
      result.host = rest.substr(0, colon);
    port = rest.substr(colon);
  }
  if (rest.empty() || result.host.empty()
      || !std::ranges::all_of(result.host, rest.starts_with('[') ? is_in_ipv6 : is_in_host))
    refuse(text, "has no proper host");
  if (port.empty())
    return result;
  const auto digits = port.substr(1);
  const auto [end, error] =
      std::from_chars(std::to_address(digits.begin()), std::to_address(digits.end()), result.port);
  if (port[0] != ':' || error != std::errc{} || end != std::to_address(digits.end()) || result.port == 0)
    refuse(text, "has no proper port");
  return result;
}

} // namespace sluice::tool
