// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/text/utf8.hpp>

#include <array>

namespace sluice::tool {

character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80)
    return {lead, 1, true};
  const std::size_t size = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 ? 2 : 1;
  if (size == 1 || lead >= 0xf5 || text.size() < size)
    return {};
  constexpr std::array<unsigned, 5> payload{0, 0, 0x1f, 0x0f, 0x07};
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  char32_t point = lead & payload[size];
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80)
      return {};
    point = (point << 6U) | (next & 0x3fU);
  }
  const auto is_surrogate = point >= 0xd800 && point <= 0xdfff;
  if (point < smallest[size] || point > 0x10ffff || is_surrogate)
    return {};
  return {point, size, true};
}

} // namespace sluice::tool
