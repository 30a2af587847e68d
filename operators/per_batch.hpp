// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include <sluice/actors/time.hpp>

namespace sluice {

/// What an operator keeps for each open batch. A fast sibling may run ahead, so there can be a few at a time; a closed
/// one's value is used again for a later batch. T needs `clear()`, which keeps its memory.
template <class T>
class per_batch {
public:
  /// Makes batch `t` the current one.
  void open(batch_time t) {
    if (time_ == t)
      return;
    time_ = t;
    for (current_ = 0; current_ < open_.size(); ++current_)
      if (open_[current_].first == t)
        return;
  }

  /// The value of the current batch, fresh at first. Requires a call of `open` before.
  T& current() {
    if (current_ == open_.size()) [[unlikely]]
      add();
    return open_[current_].second;
  }

  /// Forgets the value of the current batch.
  void close() {
    if (current_ == open_.size())
      return;
    open_[current_].second.clear();
    spare_.push_back(std::move(open_[current_].second));
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(current_));
    current_ = open_.size();
  }

private:
  void add() {
    if (spare_.empty()) {
      open_.emplace_back(time_.value(), T{});
    } else {
      open_.emplace_back(time_.value(), std::move(spare_.back()));
      spare_.pop_back();
    }
  }

  std::optional<batch_time> time_;
  std::vector<std::pair<batch_time, T>> open_;
  std::vector<T> spare_;
  std::size_t current_ = 0;
};

} // namespace sluice
