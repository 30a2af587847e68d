// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/rate_control.hpp>

#include <algorithm>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/receivers/rate/pid_estimator.hpp>

namespace sluice {

namespace {

double in_seconds(std::chrono::microseconds d) { return std::chrono::duration<double>{d}.count(); }

} // namespace

batch_delays::figures batch_delays::done(batch_time t, std::uint64_t records, std::chrono::microseconds now) {
  constexpr double growth = 1.05;    // of the capacity per batch, while there is no sign of its end
  constexpr double nearly_all = 0.9; // of the capacity is used
  constexpr int fewest = 4;          // a batch that took less than a fourth of the interval says little
  const std::chrono::microseconds cut = std::chrono::milliseconds{t.ms()};
  const auto before = std::exchange(last_done_, now);
  const auto has_waited = before && *before > cut;
  const auto took = now - (has_waited ? *before : cut);
  figures result{took, has_waited ? *before - cut : std::chrono::microseconds{0}};
  if (has_waited && took >= interval_ / fewest && records != 0) {
    // Each batch has work that does not depend on its records, so one that was done in less time than its interval
    // shows only that this much can be done.
    const auto pace = static_cast<double>(records) / in_seconds(took);
    if (took >= interval_ || (capacity_ && pace > *capacity_)) {
      capacity_ = pace;
      return result;
    }
  }
  if (!capacity_) {
    if (start_ == start::slow)
      result.processing = std::max(took, interval_ / 2);
    return result;
  }
  const auto used = static_cast<double>(records) / in_seconds(interval_);
  if (!has_waited && took < interval_ / 4 * 3 && used > nearly_all * *capacity_)
    capacity_ = growth * *capacity_;
  result.processing = time_for(records);
  if (took > interval_)
    result.processing = std::max(result.processing, took);
  return result;
}

std::chrono::microseconds batch_delays::time_for(std::uint64_t records) const {
  return std::chrono::ceil<std::chrono::microseconds>(
      std::chrono::duration<double>{static_cast<double>(records) / *capacity_});
}

rate_control::rate_control(duration interval, rate_estimator_maker make, batch_delays::start how, batch_time first)
    : interval_{interval}, make_{std::move(make)}, delays_{interval, how}, first_{first} {
  if (!make_)
    make_ = [](duration of) { return std::make_unique<pid_estimator>(of); };
}

std::vector<rate_control::estimate> rate_control::done(batch_time t, std::chrono::microseconds now) {
  if (t < first_) {
    delays_.passed(now);
    return {};
  }
  const auto taken = records_.extract(t);
  std::uint64_t all = 0;
  if (taken)
    for (const auto& [stream, records] : taken.mapped())
      all += records;
  const auto delays = delays_.done(t, all, now);
  std::vector<estimate> result;
  if (!taken)
    return result;
  for (const auto& [stream, records] : taken.mapped()) {
    auto& estimator = estimators_[stream];
    if (!estimator)
      estimator = make_(interval_);
    if (!estimator)
      throw usage_error{"the function that makes rate estimators has made none"};
    if (const auto rate = estimator->compute({now, records, delays.processing, delays.scheduling}); rate && *rate > 0)
      result.push_back({stream, static_cast<std::uint64_t>(std::clamp(*rate, 1.0, 1e18))});
  }
  return result;
}

} // namespace sluice
