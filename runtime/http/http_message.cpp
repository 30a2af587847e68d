// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/http/http_message.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace sluice::detail {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

} // namespace

const std::string* http_request::parameter(std::string_view name) const {
  const auto found = std::ranges::find(query, name, [](const auto& x) -> std::string_view { return x.first; });
  return found == query.end() ? nullptr : &found->second;
}

http_response http_error(int status, std::string_view sentence) {
  const nlohmann::json body{{"error", sentence}};
  // A sentence may quote the request, whose bytes need not be UTF-8.
  return {status, "application/json", body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), {}};
}

bool same_ignoring_case(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

} // namespace sluice::detail
