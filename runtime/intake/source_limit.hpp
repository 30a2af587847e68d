// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <sluice/actors/base/time.hpp>
#include <sluice/receivers/rate/rate_limits.hpp>

namespace sluice {

/// How many bytes a source may give to a batch, so that it gives no more records per second than its limit. A source
/// is told bytes; how many records these are follows from those that it gave before. A batch that had too many is paid
/// for by the next ones, so the rate is exact over some batches. One that had too few is not made up for. Plain logic.
class source_limit {
public:
  source_limit(duration interval, const rate_limits& limits);

  /// A new estimate of the records per second. One that is not positive is ignored.
  void update(double records_per_second) { rate_.update(records_per_second); }

  /// Another max_rate; 0: none.
  void set_max(double max_rate) { rate_.set_max(max_rate); }

  /// No room until it goes on.
  void set_paused(bool is_paused) { is_paused_ = is_paused; }

  /// The bytes for the next batch. Call it once for each; `took` afterwards.
  std::uint64_t room();

  /// The source has given these.
  void took(std::uint64_t records, std::uint64_t bytes);

private:
  /// Of a record, before there were any: the least that most take. So the first batch has rather too few.
  static constexpr double first_guess = 8;

  double interval_; ///< seconds
  current_rate rate_;
  double records_ = 0; ///< that it gave, those of late most
  double bytes_ = 0;   ///< of them
  bool is_paused_ = false;
  double balance_ = 0; ///< records that may be given; below 0: there were too many
};

} // namespace sluice
