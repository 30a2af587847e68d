// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <sluice/actors/base/time.hpp>

namespace sluice {

/// The commits that a checkpoint can go back to, beside the last one. They share the state that they have in common, so
/// one costs about what has changed since. By default the one before the last is kept, in case the last one is damaged.
///
///     runtime_options how;
///     how.kept_versions = {.count = 10, .time = std::chrono::minutes{5}};
struct kept_versions {
  /// The most that `count` may be.
  static constexpr std::uint32_t most = 1000;

  std::uint32_t count = 1; ///< the last so many, all of them
  duration time{0};        ///< and those of this time before the last one: about 100, evenly spread

  friend bool operator==(const kept_versions&, const kept_versions&) = default;
};

} // namespace sluice
