// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace sluice {

/// Any text as one line of valid UTF-8 that is safe on a terminal. Control characters and line separators become
/// escapes (`\n`, `\x1b`, `\u2028`), as do bytes that are not UTF-8 (`\xff`). At most `most` bytes of the text are
/// shown; a longer one ends with "..." and its size.
std::string on_one_line(std::string_view text, std::size_t most = std::numeric_limits<std::size_t>::max());

} // namespace sluice
