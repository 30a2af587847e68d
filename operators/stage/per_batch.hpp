// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <sluice/actors/base/memory_meter.hpp>
#include <sluice/actors/base/time.hpp>

namespace sluice {

/// What an operator keeps for each open batch. A fast sibling may run ahead, so there can be a few at a time; a closed
/// one's value is used again for a later batch. T needs `clear()`, which keeps its memory; while memory is scarce, it
/// goes.
template <class T>
class per_batch {
public:
  /// Makes batch `t` the current one.
  void open(batch_time t) {
    if (time_ == t)
      return;
    time_ = t;
    current_ = place_of(t);
  }

  /// The value of the current batch, fresh at first. Requires a call of `open` before.
  T& current() {
    if (current_ == kept_.size()) [[unlikely]]
      add();
    return kept_[current_].value;
  }

  /// Forgets the value of the current batch.
  void close() {
    if (current_ == kept_.size())
      return;
    if (process_memory().is_scarce()) [[unlikely]]
      kept_[current_].value = T{};
    else
      kept_[current_].value.clear();
    kept_[current_].of.reset();
    current_ = kept_.size();
  }

  /// What the values of all open batches take, if T has a function `bytes()`.
  std::uint64_t bytes() const {
    std::uint64_t result = 0;
    for (const auto& x : kept_)
      if (x.of)
        result += x.value.bytes();
    return result;
  }

private:
  struct kept {
    std::optional<batch_time> of; ///< none: it waits for a later batch
    T value{};
  };

  std::size_t place_of(std::optional<batch_time> t) const {
    return static_cast<std::size_t>(std::ranges::find(kept_, t, &kept::of) - kept_.begin());
  }

  void add() {
    current_ = place_of(std::nullopt);
    if (current_ == kept_.size())
      kept_.emplace_back();
    kept_[current_].of = time_.value();
  }

  std::optional<batch_time> time_;
  std::vector<kept> kept_;
  std::size_t current_ = 0;
};

} // namespace sluice
