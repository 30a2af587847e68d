// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/node/pause_watch.hpp>

#include <ctime>

namespace sluice {

namespace {

constexpr std::chrono::milliseconds noteworthy{2000};

std::string seconds(duration d) { return std::to_string((d.count() + 500) / 1000) + " s"; }

} // namespace

std::chrono::milliseconds time_since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds{now.tv_sec}
                                                               + std::chrono::nanoseconds{now.tv_nsec});
}

std::optional<duration> pause_watch::look(std::chrono::milliseconds now) {
  const auto late = now - last_ - period;
  last_ = now;
  if (late < noteworthy)
    return std::nullopt;
  end_of_pause_ = now;
  pause_ = duration{late + period / 2}; // it began between two looks
  return pause_;
}

std::optional<duration> pause_watch::last(std::chrono::milliseconds now, duration recently) const {
  return pause_ && now - end_of_pause_ <= recently ? pause_ : std::nullopt;
}

std::string describe_pause(duration pause, duration node_timeout) {
  return "this process did not run for " + seconds(pause)
         + " (it was stopped, or the machine slept); nodes give each other up after " + seconds(node_timeout)
         + " without a word, unless --node-timeout says otherwise";
}

} // namespace sluice
