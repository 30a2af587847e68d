// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/record/record.hpp>
#include <sluice/operators/shuffle/partitioner.hpp>
#include <sluice/operators/stateful/initial_state.hpp>
#include <sluice/state/keyed/state.hpp>

namespace sluice {

/// What map_with_state does: a function with states of type S, and more that may be said of it. A value, which can be
/// assigned whatever F is: each member function returns a specification with one thing added. Made by `state_spec`.
template <record S, class F, class Initial = detail::no_initial_state, class By = hash_partitioner>
class state_specification {
public:
  using state_type = S;
  using function_type = F;

  explicit state_specification(F f, Initial initial = {}, By by = {})
      : state_specification{std::make_shared<const F>(std::move(f)), std::move(initial), std::move(by)} {}

  /// The states that keys have before the first batch, as a range or rdd of (key, state); of a key that is there more
  /// than once, the last. They count as touched one batch interval before the first batch. A program that recovers from
  /// a checkpoint does not look at them: what became of them is in the checkpoint.
  template <class Source>
  auto initial_state(Source states) const {
    state_specification<S, F, Source, By> result{f_, std::move(states), by_};
    result.timeout_ = timeout_;
    return result;
  }

  /// A key that has been idle for longer than `idle` gets one call without a value, in which is_timing_out() is true,
  /// and is then removed: at the first batch time t with (time of its last record) < t - idle.
  state_specification timeout(duration idle) const {
    if (idle <= duration::zero())
      throw usage_error{"map_with_state: a timeout of " + to_string(idle) + " would never leave a state; it must be "
                        + "longer than 0 ms"};
    auto result = *this;
    result.timeout_ = idle;
    return result;
  }

  /// How many partitions the mapped stream has; by default the context's.
  auto num_partitions(std::uint32_t n) const { return partitioner(hash_partitioner{n}); }

  /// Which of its partitions has the state of a key. Takes the place of a number of partitions, and the other way
  /// round.
  template <class Other>
  auto partitioner(Other by) const {
    state_specification<S, F, Initial, Other> result{f_, initial_, std::move(by)};
    result.timeout_ = timeout_;
    return result;
  }

  const F& function() const { return *f_; }
  const Initial& initial() const { return initial_; }
  std::optional<duration> idle_limit() const { return timeout_; }
  const By& partitions() const { return by_; }

private:
  template <record, class, class, class>
  friend class state_specification;

  state_specification(std::shared_ptr<const F> f, Initial initial, By by)
      : f_{std::move(f)}, initial_{std::move(initial)}, by_{std::move(by)} {}

  std::shared_ptr<const F> f_; ///< shared, because a closure cannot be assigned
  Initial initial_;
  By by_;
  std::optional<duration> timeout_;
};

/// A specification for map_with_state with states of type S. `f` is called once a record, as
/// `M f(const key&, const std::optional<value>&, state<S>&)` or, to emit only some results, as
/// `std::optional<M> f(batch_time, const key&, const std::optional<value>&, state<S>&)`.
template <record S, class F>
state_specification<S, F> state_spec(F f) {
  return state_specification<S, F>{std::move(f)};
}

namespace detail {

template <class T>
inline constexpr bool is_state_specification = false;
template <record S, class F, class Initial, class By>
inline constexpr bool is_state_specification<state_specification<S, F, Initial, By>> = true;

} // namespace detail

} // namespace sluice
