// SPDX-License-Identifier: BSD-3-Clause
//
// Counters that functions of the user's add to wherever they run, and that are read on the driver. They are part of
// each commit: see added_sums and accumulator_ledger.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <sluice/operators/shared/accumulator_ledger.hpp>
#include <sluice/operators/shared/added_sums.hpp>

namespace sluice {

/// A sum that functions of any operator may add to, and only the driver can read: see streaming_context::accumulator.
/// Cheap to copy; functions keep a copy. An add in a function of an operator or an output is a plain addition.
///
/// A batch commits its adds with its state, under the name of the accumulator. After a recovery the sum goes on where
/// the last committed batch left it, so each committed record counts once. What receivers, sources and threads of your
/// own add belongs to the batch that is committed next. With error_policy::skip_batch a function may have added before
/// it threw: that counts, because its batch is committed.
template <class T>
  requires std::is_arithmetic_v<T>
class accumulator {
public:
  /// What it adds up in: 64 bits, whatever T.
  using sum = std::conditional_t<std::floating_point<T>, double, std::int64_t>;

  explicit accumulator(std::shared_ptr<detail::accumulator_cell> cell) : cell_{std::move(cell)} {}

  void add(T x) const {
    const auto bits = std::bit_cast<std::uint64_t>(static_cast<sum>(x));
    if (auto* to = detail::added_sums::find(*cell_))
      *to = detail::plus(std::floating_point<T>, *to, bits);
    else
      cell_->add_outside(bits);
  }
  const accumulator& operator+=(T x) const {
    add(x);
    return *this;
  }

  /// On the driver: the sum of all that committed batches have added, and of what batches on their way have added so
  /// far, stage by stage as they end. In an output of a batch, all that the operators before it have added for the
  /// batch is in it.
  sum value() const {
    constexpr auto is_real = std::floating_point<T>;
    const auto here = detail::plus(is_real, cell_->outside(), detail::added_sums::pending(*cell_));
    return std::bit_cast<sum>(detail::plus(is_real, cell_->shown(), here));
  }
  const std::string& name() const { return cell_->name(); }

private:
  std::shared_ptr<detail::accumulator_cell> cell_;
};

} // namespace sluice
