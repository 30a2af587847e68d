// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cassert>
#include <optional>

#include <sluice/actors/base/time.hpp>

namespace sluice {

/// The batch times of a stream: zero + n * slide, n > 0. The zero time is one batch interval before the first batch of
/// the program's first epoch. A program that recovers is given it; a new program finds it.
class batch_grid {
public:
  explicit batch_grid(duration interval, std::optional<batch_time> zero = {}) : interval_{interval}, zero_{zero} {}

  /// Batch `t` ends; batches end in order, so the first one fixes the zero time.
  void ends(batch_time t) {
    if (!zero_)
      zero_ = t - interval_;
  }

  /// Whether a stream with this slide has a dataset at `t`. Only once a batch has ended.
  bool is_valid(batch_time t, duration slide) const {
    assert(zero_);
    return (t - *zero_) % slide == duration::zero();
  }

  std::optional<batch_time> zero() const { return zero_; }

private:
  duration interval_;
  std::optional<batch_time> zero_;
};

} // namespace sluice
