// SPDX-License-Identifier: BSD-3-Clause
//
// What programs have in common that count, die and go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include <sluice/runtime/driver/launch.hpp>

namespace sluice::test {

inline constexpr std::chrono::milliseconds interval{100};

/// For update_state_by_key.
inline constexpr auto add_up = [](std::span<const int> values, std::optional<int> total) {
  return std::optional{std::accumulate(values.begin(), values.end(), total.value_or(0))};
};

inline runtime_options spread_over(std::uint32_t partitions, std::uint32_t checkpoint_interval = 1) {
  runtime_options how;
  how.partitions = partitions;
  how.checkpoint_interval = checkpoint_interval;
  return how;
}

} // namespace sluice::test
