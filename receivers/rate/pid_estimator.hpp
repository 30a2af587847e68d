// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include <sluice/receivers/rate/rate_estimator.hpp>

namespace sluice {

/// The gains of a `pid_estimator`, with Spark's defaults.
struct pid_gains {
  double proportional = 1.0; ///< how much of the error, the last rate minus that of the batch, is corrected at once
  double integral = 0.2;     ///< how much of the backlog, told by the scheduling delay
  double derivative = 0.0;   ///< how much of the change of the error
  double min_rate = 100;     ///< records per second: no estimate is below
};

/// Spark's estimator: a proportional-integral-derivative controller (PIDRateEstimator.scala). For a batch with elements
/// and a processing delay, later than the last one:
///
///     rate  = elements / processing delay
///     error = last estimate - rate
///     next  = last estimate - P * error - I * scheduling delay * rate / interval - D * (error - last error) / time
///     passed
///
/// and at least min_rate. Other batches change nothing. The first one is only remembered: its rate is the last estimate
/// of the second.
class pid_estimator final : public rate_estimator {
public:
  /// Throws usage_error for an interval or a min_rate that is not positive, and for a negative gain.
  explicit pid_estimator(duration interval, const pid_gains& gains = {});

  std::optional<double> compute(const finished_batch& batch) override;

private:
  double interval_; ///< seconds
  pid_gains gains_;
  std::chrono::microseconds last_time_{-1};
  std::optional<double> last_rate_;
  double last_error_ = 0;
};

} // namespace sluice
