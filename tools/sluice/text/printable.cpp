// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/text/printable.hpp>

#include <algorithm>
#include <array>

#include <sluice/tool/text/utf8.hpp>

namespace sluice::tool {

namespace {

struct range {
  char32_t first;
  char32_t last;
};

/// C0, DEL and C1; soft hyphens; marks that cannot be seen or turn the direction; separators of lines; tags.
constexpr std::array hidden{
    range{0x00, 0x1f},     range{0x7f, 0x9f},     range{0xad, 0xad},     range{0x61c, 0x61c},     range{0x180e, 0x180e},
    range{0x200b, 0x200f}, range{0x2028, 0x202e}, range{0x2060, 0x206f}, range{0xfeff, 0xfeff},   range{0xfff9, 0xfffb},
    range{0xfdd0, 0xfdef}, range{0xfffe, 0xffff}, range{0xe000, 0xf8ff}, range{0xe0000, 0xe0fff},
};

bool is_hidden(char32_t point) {
  return std::ranges::any_of(hidden, [point](const range& x) { return x.first <= point && point <= x.last; });
}

std::string cleaned(std::string_view text, char line_end) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto next = first_character(text);
    if (next.is_valid && next.point == '\n')
      result += line_end;
    else if (next.is_valid && (next.point == '\t' || next.point == '\r'))
      result += ' ';
    else if (!next.is_valid || is_hidden(next.point))
      result += replacement;
    else
      result += text.substr(0, next.bytes);
    text.remove_prefix(next.bytes);
  }
  return result;
}

} // namespace

std::string printable(std::string_view text) { return cleaned(text, ' '); }

std::string printable_lines(std::string_view text) { return cleaned(text, '\n'); }

} // namespace sluice::tool
