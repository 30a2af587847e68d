// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/run_clock.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

namespace sluice {

namespace {

using std::chrono::microseconds;

constexpr int approach = 100; // it comes closer by this part of the time that passes

/// "2026-11-30T18:46:37.250Z"
std::string in_utc(microseconds t) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(t);
  const std::time_t whole = seconds.count();
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  std::array<char, 32> day{};
  std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 48> result{};
  std::snprintf(result.data(), result.size(), "%s.%03dZ", day.data(),
                static_cast<int>((t - seconds) / std::chrono::milliseconds{1}));
  return result.data();
}

/// "3600 s", "1.25 s"
std::string in_seconds(microseconds t) {
  std::array<char, 32> result{};
  std::snprintf(result.data(), result.size(), "%.10g s",
                static_cast<double>(std::chrono::round<std::chrono::milliseconds>(t).count()) / 1e3);
  return result.data();
}

/// Where batch times are, seen from the wall clock.
std::string place_of(microseconds ahead) {
  if (abs(ahead) < run_clock::noteworthy)
    return "batch times agree with it";
  return "batch times go on without a jump, " + in_seconds(abs(ahead))
         + (ahead > microseconds{0} ? " ahead of" : " behind") + " it, and come closer by 10 ms each second";
}

} // namespace

run_clock::run_clock(std::shared_ptr<const wall_clock> of) : of_{std::move(of)}, last_{of_->read()} {
  base_ = (last_.wall - last_.steady).count();
}

microseconds run_clock::time_at(const clock_reading& x) const { return x.steady + microseconds{base_}; }

microseconds run_clock::now() const { return time_at(of_->read()); }

microseconds run_clock::until(microseconds t) const {
  const auto at = of_->read();
  return of_->until(t - time_at(at) + at.wall);
}

duration run_clock::ahead() const {
  const auto at = of_->read();
  return std::chrono::round<duration>(time_at(at) - at.wall);
}

std::optional<std::string> run_clock::go_on_after(batch_time last) {
  const microseconds least = std::chrono::milliseconds{last.ms()};
  const auto at = of_->read();
  if (time_at(at) >= least)
    return std::nullopt;
  base_ = (least - at.steady).count();
  if (least - at.wall < noteworthy)
    return std::nullopt;
  return "the wall clock says " + in_utc(at.wall) + ", and the last committed batch is that of " + in_utc(least)
         + ": the clock has been set back since; " + place_of(least - at.wall);
}

std::optional<std::string> run_clock::look() {
  const auto at = of_->read();
  const auto before = std::exchange(last_, at);
  const auto passed = at.steady - before.steady;
  const auto expected = before.wall + passed;
  const auto jump = at.wall - expected;
  const auto slept = at.slept - before.slept;
  const auto step = std::max(passed, microseconds{0}) / approach;
  base_ += std::clamp(at.wall - time_at(at), -step, step).count();
  if (abs(jump) < noteworthy)
    return std::nullopt;
  const auto place = place_of(time_at(at) - at.wall);
  if (abs(jump - slept) < noteworthy)
    return "the machine slept for " + in_seconds(slept) + ", until " + in_utc(at.wall) + "; " + place;
  return "the wall clock was set " + std::string{jump > microseconds{0} ? "forward" : "back"} + " by "
         + in_seconds(abs(jump)) + ", from " + in_utc(expected) + " to " + in_utc(at.wall) + "; " + place;
}

} // namespace sluice
