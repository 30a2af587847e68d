// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/pull_schedule.hpp>

#include <cassert>
#include <utility>

namespace sluice {

bool pull_schedule::cut(batch_time t) {
  if (late_)
    return false;
  waiting_.push_back(t);
  return true;
}

std::optional<batch_time> pull_schedule::ask(time_point now) {
  if (asked_ || waiting_.empty())
    return std::nullopt;
  asked_ = now;
  return waiting_.front();
}

std::optional<pull_schedule::time_point> pull_schedule::deadline() const {
  if (!asked_ || late_)
    return std::nullopt;
  return *asked_ + patience_;
}

std::size_t pull_schedule::give_up(time_point now) {
  if (!asked_ || late_ || now < *deadline())
    return 0;
  late_ = true;
  return std::exchange(waiting_, {}).size();
}

pull_schedule::answer pull_schedule::answered() {
  assert(asked_);
  asked_.reset();
  if (std::exchange(late_, false))
    return answer::late;
  waiting_.pop_front();
  return answer::in_time;
}

duration pull_schedule::waited(time_point now) const {
  return asked_ ? std::chrono::duration_cast<duration>(now - *asked_) : duration{0};
}

} // namespace sluice
