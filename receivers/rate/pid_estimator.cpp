// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/rate/pid_estimator.hpp>

#include <algorithm>
#include <string>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

namespace {

double in_seconds(std::chrono::duration<double> d) { return d.count(); }

void check_gain(const std::string& name, double gain) {
  if (!(gain >= 0))
    throw usage_error{"the " + name + " gain of a PID estimator must be 0 or more, not " + std::to_string(gain)};
}

} // namespace

pid_estimator::pid_estimator(duration interval, const pid_gains& gains)
    : interval_{in_seconds(interval)}, gains_{gains} {
  if (interval <= duration{0})
    throw usage_error{"the batch interval of a PID estimator must be positive, not " + to_string(interval)};
  check_gain("proportional", gains.proportional);
  check_gain("integral", gains.integral);
  check_gain("derivative", gains.derivative);
  if (!(gains.min_rate > 0))
    throw usage_error{"the min_rate of a PID estimator must be positive, not " + std::to_string(gains.min_rate)};
}

std::optional<double> pid_estimator::compute(const finished_batch& batch) {
  if (batch.time <= last_time_ || batch.elements == 0 || batch.processing_delay.count() <= 0)
    return std::nullopt;
  const auto rate = static_cast<double>(batch.elements) / in_seconds(batch.processing_delay);
  const auto passed = in_seconds(batch.time - last_time_);
  last_time_ = batch.time;
  if (!last_rate_) {
    last_rate_ = rate;
    return std::nullopt;
  }
  const auto error = *last_rate_ - rate;
  const auto backlog = in_seconds(batch.scheduling_delay) * rate / interval_;
  const auto change = (error - last_error_) / passed;
  last_rate_ =
      std::max(*last_rate_ - gains_.proportional * error - gains_.integral * backlog - gains_.derivative * change,
               gains_.min_rate);
  last_error_ = error;
  return last_rate_;
}

} // namespace sluice
