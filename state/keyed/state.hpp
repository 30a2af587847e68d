// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/record/record.hpp>

namespace sluice {

/// Why a function of map_with_state is called.
enum class state_call {
  record,  ///< for a record of the key
  timeout, ///< the key has been idle for too long and is about to be removed
};

namespace detail {

/// The state before a batch changed it: empty as long as none has.
template <record S>
using former_state = std::optional<std::optional<S>>;

} // namespace detail

/// The state of one key, for one call of a function of map_with_state. Throws usage_error for a use that can never
/// work.
template <record S>
class state {
public:
  /// For the caller of such a function, such as a test. `value` is read and changed in place and outlives the state.
  /// The first change stores the value before it in `former`, if that is given.
  explicit state(std::optional<S>& value, state_call why = state_call::record,
                 detail::former_state<S>* former = nullptr)
      : value_{value}, why_{why}, former_{former} {}

  state(const state&) = delete;
  state& operator=(const state&) = delete;

  /// Whether the key has a state.
  bool exists() const { return value_.has_value(); }

  /// The state; valid until it is updated or removed. Throws std::out_of_range if there is none.
  const S& get() const {
    if (!value_)
      throw std::out_of_range{"state::get: no such element: the key has no state; ask exists(), or use get_option()"};
    return *value_;
  }

  std::optional<S> get_option() const { return value_; }

  /// Gives the key a state. Not after `remove` in the same call, and not while timing out.
  void update(S now) {
    check_may_update("update");
    keep_former();
    value_ = std::move(now);
  }

  /// Changes the state in place by calling f(S&); a key without a state gets a default one first. Rules as for
  /// `update`.
  ///
  ///     s.modify([&](account& x) { x.balance += amount; });
  template <class F>
  void modify(F&& f) {
    static_assert(std::invocable<F, S&>, "sluice: state::modify: the function cannot be called with a reference to the "
                                         "state");
    check_may_update("modify");
    if (former_ != nullptr && !*former_)
      former_->emplace(value_);
    if (!value_)
      value_.emplace();
    std::invoke(std::forward<F>(f), *value_);
  }

  /// Forgets the key. Not twice in the same call, and not while timing out.
  void remove() {
    if (is_timing_out())
      throw usage_error{"state::remove: the state is timing out; it is removed after this call anyway"};
    if (removed_)
      throw usage_error{"state::remove: the state has already been removed in this call"};
    removed_ = true;
    keep_former();
    value_.reset();
  }

  /// Whether this is the last call for a key that has been idle for longer than the timeout.
  bool is_timing_out() const { return why_ == state_call::timeout; }

private:
  void check_may_update(const char* function) const {
    if (is_timing_out())
      throw usage_error{std::string{"state::"} + function + ": the state is timing out; it is removed after this call"};
    if (removed_)
      throw usage_error{std::string{"state::"} + function + ": the state has been removed in this call"};
  }

  void keep_former() {
    if (former_ != nullptr && !*former_)
      former_->emplace(std::move(value_));
  }

  std::optional<S>& value_;
  state_call why_;
  detail::former_state<S>* former_;
  bool removed_ = false;
};

} // namespace sluice
