// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include <sluice/runtime/plan/restart_policy.hpp>

namespace sluice {

/// Whether to try again after a failure, and when. Plain logic: the caller brings the time.
class restart_budget {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit restart_budget(restart_policy how) : how_{how} {}

  /// There was a failure at `now`, which never goes back. Returns the pause before the next try, and takes the try off
  /// the budget; none: the budget is used up.
  std::optional<duration> failed(time_point now);

  /// How many more tries there would be now.
  std::uint32_t left(time_point now) const;

  const restart_policy& policy() const { return how_; }

private:
  std::uint32_t recent(time_point now) const;

  restart_policy how_;
  std::deque<time_point> tries_; ///< the failures of the last `within` that were followed by a try, oldest first
};

} // namespace sluice
