// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/rate/rate_limiter.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice {

namespace {

double in_seconds(std::chrono::microseconds d) { return std::chrono::duration<double>{d}.count(); }

} // namespace

rate_limiter::rate_limiter(const rate_limits& limits, time_point now) : rate_{limits} {
  if (rate_.value() > 0)
    begin(now);
}

void rate_limiter::begin(time_point now) {
  is_limited_ = true;
  tokens_ = is_paused_ ? 0 : 1; // who stores rarely need not wait at first
  filled_ = now;
}

void rate_limiter::end() {
  is_limited_ = false;
  tokens_ = std::numeric_limits<std::int64_t>::max();
}

void rate_limiter::update(double rate, time_point now) {
  if (is_limited_)
    refill(now); // what is due so far came at the rate before
  rate_.update(rate);
  adapt(now);
}

void rate_limiter::set_max(double max_rate, time_point now) {
  if (is_limited_)
    refill(now);
  rate_.set_max(max_rate);
  adapt(now);
}

void rate_limiter::adapt(time_point now) {
  if (is_paused_)
    return;
  if (rate_.value() == 0)
    return end();
  if (!is_limited_)
    begin(now);
  tokens_ = std::min(tokens_, most_tokens());
}

void rate_limiter::set_paused(bool is_paused, time_point now) {
  if (std::exchange(is_paused_, is_paused) == is_paused)
    return;
  begin(now);
  adapt(now);
}

void rate_limiter::refill(time_point now) {
  if (!is_limited_)
    return;
  if (is_paused_) {
    filled_ = now;
    return;
  }
  // A clock that was set back gives nothing for the time before; it goes on from here.
  const auto passed = std::clamp(now - filled_, time_point{0}, next() - filled_ + burst);
  filled_ = now;
  const auto due = in_seconds(passed) * rate_.value() + fraction_;
  const auto whole = std::floor(due);
  fraction_ = due - whole;
  tokens_ = std::min(tokens_ + static_cast<std::int64_t>(whole), most_tokens());
}

rate_limiter::time_point rate_limiter::next() const {
  if (tokens_ > 0)
    return filled_;
  if (is_paused_)
    return filled_ + longest_pause;
  const auto missing = std::max(in_seconds(chunk), (1 - fraction_ - static_cast<double>(tokens_)) / rate_.value());
  constexpr double longest = 1e9; // seconds
  return filled_ + std::chrono::ceil<time_point>(std::chrono::duration<double>{std::min(missing, longest)});
}

std::int64_t rate_limiter::most_tokens() const {
  constexpr double plenty = 1e15;
  return static_cast<std::int64_t>(std::clamp(rate_.value() * in_seconds(burst), 1.0, plenty));
}

} // namespace sluice
