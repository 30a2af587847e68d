// SPDX-License-Identifier: BSD-3-Clause
//
// Backpressure by rates: after each batch, how many records per second each input should give, so that batches are done
// within their interval. An estimator says so, from the records of the batch and its delays. What the delays are takes
// some thought, because a batch is worked on from its first record and not from its end. If a batch was cut after the
// one before was done, much of its work may have been done by then, and the time from its cut to its end says little
// about how much more could be done. If it was cut before, it had to wait: then the time between the two ends was spent
// on this batch alone. So the capacity, in records per second, is measured on batches that waited. For others it is the
// last measurement. It grows while all of it is used and batches are done soon. Before the first measurement there is
// only the time from the cut to the end, as in Spark; with an initial rate, rates double at most with each batch.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/receivers/rate/rate_estimator.hpp>

namespace sluice {

/// The delays of batches, for estimators. Plain logic.
class batch_delays {
public:
  /// What is assumed before the capacity has been measured.
  enum class start {
    as_it_seems, ///< what the time from the cut to the end makes of it
    slow,        ///< no more than twice as many records fit in an interval
  };

  batch_delays(duration interval, start how) : interval_{interval}, start_{how} {}

  struct figures {
    std::chrono::microseconds processing{0};
    std::chrono::microseconds scheduling{0};
  };

  /// Batch t with so many records was done at `now`. Called for each batch, in order.
  figures done(batch_time t, std::uint64_t records, std::chrono::microseconds now);

  /// The same for a batch that says nothing about the pace, except that the next one may have waited for it.
  void passed(std::chrono::microseconds now) { last_done_ = now; }

private:
  std::chrono::microseconds time_for(std::uint64_t records) const;

  std::chrono::microseconds interval_;
  start start_;
  std::optional<std::chrono::microseconds> last_done_;
  std::optional<double> capacity_; ///< records per second
};

/// Estimates the rate of each input. Plain logic.
class rate_control {
public:
  /// @param make null: `pid_estimator` with its defaults. Called for each input at its first batch.
  /// @param first the first new batch. Those before it run again: an earlier run took their records, at its own pace,
  /// and their times are long past. They change no rate.
  rate_control(duration interval, rate_estimator_maker make, batch_delays::start how, batch_time first = {});

  /// Batch t has so many records of that input.
  void taken(stream_id stream, batch_time t, std::uint64_t records) {
    if (t >= first_)
      records_[t][stream] += records;
  }

  struct estimate {
    stream_id stream;
    std::uint64_t records_per_second = 0; ///< at least 1
  };

  /// Batch t was done at `now`. Called for each batch, in order. Returns the new rates. What an estimator throws
  /// passes.
  std::vector<estimate> done(batch_time t, std::chrono::microseconds now);

private:
  duration interval_;
  rate_estimator_maker make_;
  batch_delays delays_;
  batch_time first_;
  std::map<batch_time, std::map<stream_id, std::uint64_t>> records_; ///< of batches that are not done
  std::map<stream_id, std::unique_ptr<rate_estimator>> estimators_;
};

} // namespace sluice
