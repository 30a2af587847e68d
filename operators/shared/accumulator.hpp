// SPDX-License-Identifier: BSD-3-Clause
//
// Counters that functions of the user's add to wherever they run, and that are read on the driver. Every process that
// takes part has a cell of its own; what was added on a worker travels to the driver with the end of its batches.
#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace sluice {

namespace detail {

/// One accumulator in one process. Thread safe.
class accumulator_cell {
public:
  explicit accumulator_cell(std::string name) : name_{std::move(name)} {}
  virtual ~accumulator_cell() = default;
  accumulator_cell(const accumulator_cell&) = delete;
  accumulator_cell& operator=(const accumulator_cell&) = delete;

  const std::string& name() const { return name_; }

  /// What has been added since the last call, as bits that only `merge` of the same accumulator understands; 0 for
  /// nothing.
  virtual std::uint64_t drain() = 0;
  virtual void merge(std::uint64_t drained) = 0;

private:
  std::string name_;
};

template <class Sum>
class number_cell : public accumulator_cell {
public:
  number_cell(std::string name, Sum zero) : accumulator_cell{std::move(name)}, sum_{zero} {}

  void add(Sum x) { sum_.fetch_add(x, std::memory_order_relaxed); }
  Sum value() const { return sum_.load(std::memory_order_relaxed); }

  std::uint64_t drain() override { return std::bit_cast<std::uint64_t>(sum_.exchange(Sum{})); }
  void merge(std::uint64_t drained) override { add(std::bit_cast<Sum>(drained)); }

private:
  std::atomic<Sum> sum_;
};

} // namespace detail

/// A sum that functions of any operator may add to, and only the driver can read: see streaming_context::accumulator.
/// Cheap to copy; functions keep a copy. Every add is an atomic one: count in a local variable where records are many.
/// After a recovery it begins anew, and what batches that run again add is added again.
template <class T>
  requires std::is_arithmetic_v<T>
class accumulator {
public:
  /// What it adds up in: 64 bits, whatever T.
  using sum = std::conditional_t<std::floating_point<T>, double, std::int64_t>;

  explicit accumulator(std::shared_ptr<detail::number_cell<sum>> cell) : cell_{std::move(cell)} {}

  void add(T x) const { cell_->add(static_cast<sum>(x)); }
  const accumulator& operator+=(T x) const {
    add(x);
    return *this;
  }

  /// On the driver: the sum of all that batches have added which are committed, and of some that are on their way.
  sum value() const { return cell_->value(); }
  const std::string& name() const { return cell_->name(); }

private:
  std::shared_ptr<detail::number_cell<sum>> cell_;
};

} // namespace sluice
