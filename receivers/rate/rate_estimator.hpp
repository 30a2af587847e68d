// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <sluice/actors/base/time.hpp>

namespace sluice {

/// A batch that is done, as an estimator of rates sees it.
struct finished_batch {
  std::chrono::microseconds time{0};             ///< when it was done, since the Unix epoch
  std::uint64_t elements = 0;                    ///< records that it had of one input
  std::chrono::microseconds processing_delay{0}; ///< how long it was worked on
  std::chrono::microseconds scheduling_delay{0}; ///< how long it waited before
};

/// Says how many records per second an input should give, so that batches are done within their interval. Each input
/// has an estimator of its own. It is asked after each batch, in order, on one thread at a time.
class rate_estimator {
public:
  virtual ~rate_estimator() = default;

  /// The new rate, in records per second; none: the rate before stays.
  virtual std::optional<double> compute(const finished_batch& batch) = 0;
};

/// Makes the estimator of an input, for batches of that interval.
using rate_estimator_maker = std::function<std::unique_ptr<rate_estimator>(duration interval)>;

} // namespace sluice
