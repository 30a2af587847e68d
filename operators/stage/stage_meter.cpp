// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/stage_meter.hpp>

#include <chrono>
#include <utility>

namespace sluice {

std::int64_t monotonic_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void stage_timer::begin(std::uint32_t weight) {
  weight_ = weight;
  running_ = nullptr;
  begun_ = since_ = clock_();
}

void stage_timer::end() {
  const auto now = clock_();
  busy_ += static_cast<std::uint64_t>(now - begun_);
  weight_ = 0;
}

std::uint64_t stage_timer::take_busy() { return std::exchange(busy_, 0); }

operator_meter* stage_timer::change(operator_meter* to) {
  const auto now = clock_();
  if (running_ != nullptr)
    running_->time += static_cast<std::uint64_t>(now - since_) * weight_;
  since_ = now;
  return std::exchange(running_, to);
}

} // namespace sluice
