// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::tool {

/// The columns of a terminal that a printable text takes. East Asian characters take two, combining marks none.
std::size_t columns_of(std::string_view text);

/// The begin of the text that fits; it ends with "…" if something is left out.
std::string clipped(std::string_view text, std::size_t columns);

enum class align { left, right };

/// The text with spaces up to so many columns. A longer text stays as it is.
std::string padded(std::string_view text, std::size_t columns, align side = align::left);

/// The text in lines of at most so many columns, broken at spaces where there are any.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

} // namespace sluice::tool
