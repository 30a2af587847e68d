// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/text/percent.hpp>

namespace sluice::tool {

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string result;
  for (const char c : text)
    if (plain.find(c) != std::string_view::npos)
      result += c;
    else
      result.append("%").append(1, digits[static_cast<unsigned char>(c) >> 4]).append(1, digits[c & 15]);
  return result;
}

} // namespace sluice::tool
