// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/lag_watch.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace sluice {

namespace {

using namespace std::chrono_literals;

/// "2.2 ms", "1500 ms", "12 s".
std::string in_words(std::chrono::microseconds t) {
  std::array<char, 32> text{};
  if (t < 10s)
    std::snprintf(text.data(), text.size(), "%.4g ms", static_cast<double>(t.count()) / 1e3);
  else
    std::snprintf(text.data(), text.size(), "%lld s", static_cast<long long>(t / 1s));
  return text.data();
}

} // namespace

lag_watch::lag_watch(duration interval)
    : interval_{interval}, tolerated_{std::max<time_point>(2 * interval, 1s)},
      patience_{std::max<time_point>(5 * interval, 5s)} {}

std::optional<lag_watch::remark> lag_watch::look(time_point now, batch_time next, std::uint64_t begun) {
  next_ = std::chrono::milliseconds{next.ms()};
  const auto late = now - next_;
  const auto is_cut = begun != last_.begun;
  if (is_cut)
    last_ = {now, begun};
  if (!late_) {
    if (late > tolerated_)
      late_ = {.since = now}; // not since it has been: the whole process may have been stopped meanwhile
    else
      return std::nullopt;
  } else if (is_cut && !late_->first) {
    late_->first = last_;
  }
  if (late < std::max<time_point>(interval_, tolerated_ / 2)) {
    const auto was_told = std::exchange(late_, std::nullopt)->warned_at != time_point{};
    return was_told ? std::optional{remark{false, "the program has caught up: batches begin in time again"}}
                    : std::nullopt;
  }
  if (now - late_->since < patience_ || late < std::max(tolerated_, 2 * late_->warned_at))
    return std::nullopt;
  late_->warned_at = late;
  return remark{true, describe(now, late)};
}

std::string lag_watch::describe(time_point now, time_point late) const {
  const auto batches = late_->first ? last_.begun - late_->first->begun : 0;
  const auto pace = batches == 0 ? "no batch has begun for " + in_words(now - last_.at)
                                 : "batches take " + in_words((last_.at - late_->first->at) / batches) + " each";
  return pace + " and there is one every " + in_words(interval_) + ": the program is " + in_words(late) + " ("
         + std::to_string(late / interval_)
         + " batches) behind; give it more threads or workers, a longer --interval, or less input";
}

lag_watch::time_point lag_watch::next_look() const {
  if (!late_)
    return next_ + tolerated_ + time_point{1};
  if (late_->warned_at == time_point{})
    return std::max(late_->since + patience_, next_ + tolerated_);
  return next_ + 2 * late_->warned_at;
}

} // namespace sluice
