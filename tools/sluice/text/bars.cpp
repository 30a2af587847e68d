// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/text/bars.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace sluice::tool {

std::string bar(double share, std::size_t columns) {
  constexpr std::array<std::string_view, 8> parts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (!(share > 0))
    return {};
  const auto eighths = static_cast<std::size_t>(std::lround(std::min(share, 1.0) * static_cast<double>(8 * columns)));
  const auto shown = std::max<std::size_t>(eighths, 1);
  std::string result;
  for (std::size_t i = 0; i < shown / 8; ++i)
    result += "█";
  return result.append(parts[shown % 8]);
}

std::string sparkline(const std::vector<double>& values) {
  constexpr std::array<std::string_view, 8> steps{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const auto largest = values.empty() ? 0 : *std::ranges::max_element(values);
  std::string result;
  for (const auto x : values) {
    const auto step = largest > 0 ? std::lround(std::clamp(x / largest, 0.0, 1.0) * 7) : 0;
    result += steps[static_cast<std::size_t>(step)];
  }
  return result;
}

} // namespace sluice::tool
