// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint/kept_versions.hpp>

#include <algorithm>
#include <optional>

namespace sluice {

namespace {

/// Versions that a time is divided into: more would only cost, and fewer would be far apart.
constexpr int most_in_time = 100;

} // namespace

std::vector<bool> choose_kept(const kept_versions& how, std::span<const batch_time> times, batch_time last) {
  std::vector<bool> result(times.size());
  std::optional<batch_time> before;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const bool is_spread = !before || times[i] - *before >= how.time / most_in_time;
    const bool is_recent = how.time > duration{0} && last - times[i] <= how.time;
    result[i] = times.size() - i <= how.count || (is_recent && is_spread);
    if (result[i])
      before = times[i];
  }
  return result;
}

} // namespace sluice
