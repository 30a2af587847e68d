// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/source_limit.hpp>

#include <algorithm>
#include <chrono>
#include <limits>

namespace sluice {

source_limit::source_limit(duration interval, const rate_limits& limits)
    : interval_{std::chrono::duration<double>{interval}.count()}, rate_{limits} {}

std::uint64_t source_limit::room() {
  if (is_paused_)
    return 0;
  if (rate_.value() == 0)
    return std::numeric_limits<std::uint64_t>::max();
  const auto quota = rate_.value() * interval_;
  balance_ = std::min(balance_ + quota, std::max(quota, 1.0));
  if (balance_ < 1)
    return 0;
  constexpr double plenty = 1e18;
  const auto record_bytes = records_ > 0 ? bytes_ / records_ : first_guess;
  return static_cast<std::uint64_t>(std::min(balance_ * record_bytes, plenty));
}

void source_limit::took(std::uint64_t records, std::uint64_t bytes) {
  if (records == 0)
    return;
  if (rate_.value() != 0)
    balance_ -= static_cast<double>(records);
  records_ = records_ / 2 + static_cast<double>(records);
  bytes_ = bytes_ / 2 + static_cast<double>(bytes);
}

} // namespace sluice
