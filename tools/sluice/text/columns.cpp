// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/text/columns.hpp>

#include <algorithm>
#include <array>

#include <sluice/tool/text/utf8.hpp>

namespace sluice::tool {

namespace {

struct range {
  char32_t first;
  char32_t last;
};

// The blocks of Unicode 15 that matter, after its EastAsianWidth.txt.
constexpr std::array wide{range{0x1100, 0x115f},   range{0x2e80, 0x303e},   range{0x3041, 0xa4cf},
                          range{0xac00, 0xd7a3},   range{0xf900, 0xfaff},   range{0xfe30, 0xfe6f},
                          range{0xff00, 0xff60},   range{0xffe0, 0xffe6},   range{0x1f300, 0x1f64f},
                          range{0x1f680, 0x1f6ff}, range{0x1f900, 0x1faff}, range{0x20000, 0x3fffd}};
constexpr std::array combining{range{0x300, 0x36f},   range{0x1ab0, 0x1aff}, range{0x1dc0, 0x1dff},
                               range{0x20d0, 0x20ff}, range{0xfe00, 0xfe0f}, range{0xfe20, 0xfe2f}};

template <class Ranges>
bool contains(const Ranges& ranges, char32_t point) {
  return std::ranges::any_of(ranges, [point](const range& x) { return x.first <= point && point <= x.last; });
}

std::size_t columns_of(const character& x) {
  if (!x.is_valid || x.point < 0x300)
    return 1;
  return contains(combining, x.point) ? 0 : contains(wide, x.point) ? 2 : 1;
}

/// The bytes at the begin of the text that fit.
std::size_t fitting(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const auto next = first_character(text.substr(bytes));
    const auto needed = columns_of(next);
    if (needed > columns)
      break;
    columns -= needed;
    bytes += next.bytes;
  }
  return bytes;
}

} // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t result = 0;
  while (!text.empty()) {
    const auto next = first_character(text);
    result += columns_of(next);
    text.remove_prefix(next.bytes);
  }
  return result;
}

std::string clipped(std::string_view text, std::size_t columns) {
  if (columns == 0)
    return {};
  if (fitting(text, columns) == text.size())
    return std::string{text};
  return std::string{text.substr(0, fitting(text, columns - 1))}.append("…");
}

std::string padded(std::string_view text, std::size_t columns, align side) {
  const auto taken = columns_of(text);
  const std::string space(columns > taken ? columns - taken : 0, ' ');
  return side == align::left ? std::string{text}.append(space) : space + std::string{text};
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 2);
  std::vector<std::string> result;
  while (!text.empty()) {
    auto bytes = fitting(text, columns);
    if (bytes < text.size() && text[bytes] != ' ') {
      const auto space = text.substr(0, bytes).rfind(' ');
      bytes = space == std::string_view::npos || space == 0 ? bytes : space;
    }
    result.emplace_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  return result;
}

} // namespace sluice::tool
