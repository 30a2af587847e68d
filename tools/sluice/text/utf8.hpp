// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::tool {

/// The character that stands for bytes and characters that are not shown: U+FFFD in UTF-8.
inline constexpr std::string_view replacement = "\xef\xbf\xbd";

/// A character at the begin of a text, and the bytes that it takes. Bytes that are no UTF-8 come one by one.
struct character {
  char32_t point = 0;
  std::size_t bytes = 1;
  bool is_valid = false;
};

/// The first character. REQUIRES: the text is not empty.
character first_character(std::string_view text);

} // namespace sluice::tool
