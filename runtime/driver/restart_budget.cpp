// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/restart_budget.hpp>

#include <algorithm>

namespace sluice {

std::uint32_t restart_budget::recent(time_point now) const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(tries_, [&](time_point at) { return now - at < how_.within; }));
}

std::uint32_t restart_budget::left(time_point now) const { return how_.max - recent(now); }

std::optional<duration> restart_budget::failed(time_point now) {
  while (!tries_.empty() && now - tries_.front() >= how_.within)
    tries_.pop_front();
  if (tries_.size() >= how_.max)
    return std::nullopt;
  auto pause = how_.backoff;
  for (std::size_t i = 0; i < tries_.size() && pause < how_.longest; ++i)
    pause = 2 * pause;
  tries_.push_back(now);
  return std::min(pause, how_.longest);
}

} // namespace sluice
