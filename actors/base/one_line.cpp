// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/one_line.hpp>

#include <array>
#include <cstdint>
#include <cstdio>

namespace sluice {

namespace {

struct character {
  std::size_t bytes = 0; ///< 0: none begins here
  std::uint32_t code = 0;
};

/// The UTF-8 character that a text begins with: the shortest form only, and no surrogates.
character first_of(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto lead = byte(0);
  if (lead < 0x80)
    return {1, lead};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes)
    return {};
  std::uint32_t code = lead & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  if (code < least[bytes] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
    return {};
  return {bytes, code};
}

/// Controls, the separators of lines and paragraphs, and what turns the direction of a line.
bool is_unsafe(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e)
         || (code >= 0x2066 && code <= 0x2069);
}

void append_escape(std::string& out, const char* form, std::uint32_t code) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), form, static_cast<unsigned>(code));
  out += text.data();
}

void append_unsafe(std::string& out, std::uint32_t code) {
  switch (code) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: append_escape(out, code < 0x80 ? "\\x%02x" : "\\u%04x", code);
  }
}

} // namespace

std::string on_one_line(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t shown = 0;
  while (shown < text.size()) {
    const auto rest = text.substr(shown);
    const auto next = first_of(rest);
    const auto bytes = next.bytes != 0 ? next.bytes : 1;
    if (shown + bytes > most)
      break;
    if (next.bytes == 0)
      append_escape(out, "\\x%02x", static_cast<std::uint8_t>(rest.front()));
    else if (is_unsafe(next.code))
      append_unsafe(out, next.code);
    else
      out += rest.substr(0, bytes);
    shown += bytes;
  }
  if (shown < text.size())
    out += "... (" + std::to_string(text.size()) + " bytes)";
  return out;
}

} // namespace sluice
