// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::detail {

/// The target of a request ("/jobs/a%20b?from=1"), in its parts.
struct http_target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
};

/// Decodes the %XX of a text (RFC 3986, 2.1). Nothing if one is broken or stands for a zero byte.
std::optional<std::string> percent_decoded(std::string_view text);

/// Takes a target apart. In the query, '+' stands for a space, and a parameter without '=' has an empty value. Nothing
/// if it does not begin with '/' or cannot be decoded.
std::optional<http_target> parse_target(std::string_view target);

} // namespace sluice::detail
