// SPDX-License-Identifier: BSD-3-Clause
//
// Text that comes from a program may hold anything: a record with escape codes could recolour a terminal, move its
// cursor or answer for its user. Such text passes here before it is shown.
#pragma once

#include <string>
#include <string_view>

namespace sluice::tool {

/// The text as one line. Line ends and tabs become spaces. U+FFFD takes the place of every other control character, of
/// characters that turn the direction of writing or cannot be seen, and of bytes that are no UTF-8.
std::string printable(std::string_view text);

/// The same, but line ends stay.
std::string printable_lines(std::string_view text);

} // namespace sluice::tool
