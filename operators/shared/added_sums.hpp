// SPDX-License-Identifier: BSD-3-Clause
//
// What functions add to accumulators, kept apart by the batch for which they run. An add must belong to a batch, so
// that exactly the adds of committed batches are committed; and several batches are under way at a time, in the same
// process and on the same thread. So each partition of a stage has sums of its own for each open batch, and its thread
// knows them while it runs a step of that stage. An add is then a plain addition, without an atomic operation.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/base/accumulated_sum.hpp>
#include <sluice/actors/base/time.hpp>

namespace sluice::detail {

/// The sum of two sums of the same kind, as bits.
constexpr std::uint64_t plus(bool is_real, std::uint64_t a, std::uint64_t b) {
  return is_real ? std::bit_cast<std::uint64_t>(std::bit_cast<double>(a) + std::bit_cast<double>(b)) : a + b;
}

/// One accumulator in one process. Thread safe.
class accumulator_cell {
public:
  /// @param number of the accumulator in its program, in order of creation
  accumulator_cell(std::string name, std::uint32_t number, accumulated_sum zero)
      : name_{std::move(name)}, number_{number}, is_real_{zero.is_real}, zero_{zero.bits}, shown_{zero.bits} {}

  const std::string& name() const { return name_; }
  std::uint32_t number() const { return number_; }
  bool is_real() const { return is_real_; }
  std::uint64_t zero() const { return zero_; }

  /// An add outside of any batch: by a receiver, a source, or a thread of the user's.
  void add_outside(std::uint64_t bits) { add_to(outside_, bits); }
  std::uint64_t outside() const { return outside_.load(std::memory_order_relaxed); }

  /// What batches have added as far as the driver knows, with the value that it began with.
  std::uint64_t shown() const { return shown_.load(std::memory_order_relaxed); }
  void show(std::uint64_t added) { add_to(shown_, added); }

  /// Begins anew with this sum.
  void reset(std::uint64_t sum) {
    shown_ = sum;
    outside_ = 0;
  }

private:
  void add_to(std::atomic<std::uint64_t>& sum, std::uint64_t bits) const {
    auto known = sum.load(std::memory_order_relaxed);
    while (!sum.compare_exchange_weak(known, plus(is_real_, known, bits), std::memory_order_relaxed)) {
    }
  }

  std::string name_;
  std::uint32_t number_;
  bool is_real_;
  std::uint64_t zero_;
  std::atomic<std::uint64_t> shown_;
  std::atomic<std::uint64_t> outside_{0};
};

/// The accumulators of a program, by number.
using accumulator_cells = std::vector<std::shared_ptr<accumulator_cell>>;

/// What functions have added to an accumulator in a batch.
struct added_sum {
  batch_time time;
  std::uint32_t accumulator = 0; ///< its number
  std::uint64_t bits = 0;

  friend bool operator==(const added_sum&, const added_sum&) = default;
};

/// The sums of one partition of a stage. Plain logic, for one thread at a time.
class added_sums {
public:
  explicit added_sums(accumulator_cells cells) : cells_{std::move(cells)} {}
  added_sums(const added_sums&) = delete; // a step refers to it
  added_sums& operator=(const added_sums&) = delete;

  /// While it lives, the functions that its thread calls add to these sums.
  class step {
  public:
    explicit step(added_sums& to) : before_{std::exchange(here_, &to)} {}
    ~step() { here_ = before_; }
    step(const step&) = delete;
    step& operator=(const step&) = delete;

  private:
    added_sums* before_;
  };

  /// From now on functions run for batch `t`.
  void open(batch_time t) {
    if (!cells_.empty())
      current_ = of(t).data();
  }

  /// What another partition has added in batch `t`, which is open. An accumulator that is unknown is ignored.
  void add(const added_sum& x) {
    if (x.accumulator >= cells_.size())
      return;
    auto& sum = of(x.time)[x.accumulator];
    sum = plus(cells_[x.accumulator]->is_real(), sum, x.bits);
  }

  /// Batch `t` is over: moves its sums to `to`, but those of nothing.
  void close(batch_time t, std::vector<added_sum>& to) {
    const auto found = std::ranges::find(open_, t, &batch_sums::time);
    if (found == open_.end())
      return;
    for (std::uint32_t i = 0; i < found->sums.size(); ++i)
      if (found->sums[i] != 0)
        to.push_back({t, i, found->sums[i]});
    open_.erase(found);
    current_ = nullptr;
  }

  /// Where the function that runs on this thread adds to `x`; null if it does not run for a batch of the program of
  /// `x`.
  static std::uint64_t* find(const accumulator_cell& x) {
    return here_ != nullptr && here_->current_ != nullptr && here_->knows(x) ? here_->current_ + x.number() : nullptr;
  }

  /// What has been added to `x` by the partition that runs on this thread, in batches that are open.
  static std::uint64_t pending(const accumulator_cell& x) {
    std::uint64_t result = 0;
    if (here_ != nullptr && here_->knows(x))
      for (const auto& batch : here_->open_)
        result = plus(x.is_real(), result, batch.sums[x.number()]);
    return result;
  }

private:
  struct batch_sums {
    batch_time time;
    std::vector<std::uint64_t> sums; ///< by accumulator
  };

  bool knows(const accumulator_cell& x) const { return x.number() < cells_.size() && cells_[x.number()].get() == &x; }

  std::vector<std::uint64_t>& of(batch_time t) {
    const auto found = std::ranges::find(open_, t, &batch_sums::time);
    if (found != open_.end())
      return found->sums;
    return open_.emplace_back(batch_sums{t, std::vector<std::uint64_t>(cells_.size())}).sums;
  }

  static inline constinit thread_local added_sums* here_ = nullptr;

  accumulator_cells cells_;
  std::vector<batch_sums> open_;     ///< a few
  std::uint64_t* current_ = nullptr; ///< the sums of the batch that runs; null: none does
};

} // namespace sluice::detail
