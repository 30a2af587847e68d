// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

#include <sluice/receivers/rate/rate_limits.hpp>

namespace sluice {

/// A token bucket: says how many records may be stored by now. A token is one record. Tokens come at the rate of the
/// limit, and at most those of `burst` are kept (one at least). So in any period d there are at most
/// rate × (d + 2 × burst) records, and over a longer time the rate is exact. Time comes in as a parameter, and may
/// jump: a clock that was set back or forward costs or gives at most a burst. Plain logic, not thread safe.
///
///     rate_limiter limiter{{.max_rate = 1000}, now};
///     while (!limiter.has_tokens()) {
///       limiter.refill(now);   // or wait until limiter.next()
///     }
///     limiter.take();
class rate_limiter {
public:
  using time_point = std::chrono::microseconds; ///< of any clock; here since the Unix epoch

  static constexpr std::chrono::microseconds burst{50'000};
  /// A thread that has waited gets the tokens of this time, so that it does not wait for each record.
  static constexpr std::chrono::microseconds chunk{5'000};

  /// Without a limit.
  rate_limiter() = default;
  rate_limiter(const rate_limits& limits, time_point now);

  /// A new estimate of the rate. One that is not positive is ignored, and none exceeds max_rate.
  void update(double rate, time_point now);

  /// Another max_rate; 0: none.
  void set_max(double max_rate, time_point now);

  /// Without tokens until it goes on; then it begins anew. Those who cannot wait are let through all the same.
  void set_paused(bool is_paused, time_point now);

  /// Whether a record may be stored. With no limit always.
  bool has_tokens() const { return tokens_ > 0; }

  /// A record is stored, or several are. Without a token, others wait for as long as this one should have.
  void take(std::uint64_t records = 1) {
    if (is_limited_)
      tokens_ -= static_cast<std::int64_t>(records);
  }

  /// Somebody is let through who cannot wait: their next record needs no token.
  void let_pass() { tokens_ = tokens_ > 0 ? tokens_ : 1; }

  /// Adds the tokens that have become due.
  void refill(time_point now);

  /// When it is worth to `refill`, as of the last time.
  time_point next() const;

  /// Records per second; 0: no limit.
  double limit() const { return rate_.value(); }

private:
  std::int64_t most_tokens() const;
  void begin(time_point now);
  void end();
  void adapt(time_point now);

  static constexpr std::chrono::milliseconds longest_pause{20}; ///< then whoever waits looks again

  current_rate rate_;
  bool is_limited_ = false;
  bool is_paused_ = false;
  std::int64_t tokens_ = std::numeric_limits<std::int64_t>::max(); ///< below 0: stored without tokens
  double fraction_ = 0;                                            ///< of the next token
  time_point filled_{0};
};

} // namespace sluice
