// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/state_growth.hpp>

#include <algorithm>

namespace sluice {

namespace {

/// The later half of the time must bring this part of what the earlier half has brought: a state that will be full one
/// day grows more and more slowly.
constexpr double steady = 0.85;

double seconds_between(const state_point& a, const state_point& b) {
  return std::chrono::duration<double>{b.time - a.time}.count();
}

double rate_between(const state_point& a, const state_point& b) {
  const auto seconds = seconds_between(a, b);
  return seconds > 0 ? (static_cast<double>(b.keys) - static_cast<double>(a.keys)) / seconds : 0;
}

double share_of_growth(std::uint64_t from, std::uint64_t to) {
  return to > from ? static_cast<double>(to - from) / static_cast<double>(to) : 0;
}

void add_keys(state_growth& to, const std::deque<state_point>& points) {
  const auto fewer = [](const state_point& before, const state_point& x) { return x.keys < before.keys; };
  const auto& middle = points[points.size() / 2];
  to.keys_per_second = rate_between(middle, points.back());
  to.keys_share = share_of_growth(points.front().keys, points.back().keys);
  to.is_steady = to.keys_per_second > 0 && to.keys_per_second >= steady * rate_between(points.front(), middle)
                 && std::ranges::adjacent_find(points, fewer) == points.end();
}

void add_bytes(state_growth& to, const std::deque<state_point>& points) {
  auto first = points.back().bytes;
  for (auto i = points.rbegin(); i != points.rend() && i->bytes <= first; ++i)
    if (i->bytes < first) {
      first = i->bytes;
      ++to.larger_bases;
    }
  to.bytes_share = share_of_growth(first, points.back().bytes);
}

} // namespace

state_growth growth_of(const std::deque<state_point>& points) {
  state_growth result;
  if (points.size() < 3)
    return result;
  result.seconds = seconds_between(points.front(), points.back());
  add_keys(result, points);
  add_bytes(result, points);
  return result;
}

} // namespace sluice
