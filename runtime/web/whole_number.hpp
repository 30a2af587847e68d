// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace sluice::detail {

/// A number in a path or a query; none if the text is anything else.
inline std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t result = 0;
  const auto* const end = std::to_address(text.end());
  const auto [last, problem] = std::from_chars(std::to_address(text.begin()), end, result);
  return problem == std::errc{} && last == end ? std::optional{result} : std::nullopt;
}

} // namespace sluice::detail
