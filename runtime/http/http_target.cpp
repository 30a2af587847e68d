// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/http/http_target.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace sluice::detail {

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result.push_back(text[i]);
      continue;
    }
    const auto digits = text.substr(i + 1, 2);
    unsigned value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || problem != std::errc{} || end != digits.data() + 2 || value == 0)
      return std::nullopt;
    result.push_back(static_cast<char>(value));
    i += 2;
  }
  return result;
}

std::optional<http_target> parse_target(std::string_view target) {
  if (!target.starts_with('/'))
    return std::nullopt;
  const auto question_mark = target.find('?');
  auto path = percent_decoded(target.substr(0, question_mark));
  if (!path)
    return std::nullopt;
  http_target result{std::move(*path), {}};
  if (question_mark == std::string_view::npos)
    return result;
  std::string query{target.substr(question_mark + 1)};
  std::ranges::replace(query, '+', ' ');
  for (std::string_view rest = query; !rest.empty();) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty())
      continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = percent_decoded(pair.substr(0, equals));
    auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value)
      return std::nullopt;
    result.query.emplace_back(std::move(*name), std::move(*value));
  }
  return result;
}

} // namespace sluice::detail
