// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace sluice::detail {

/// What the last parameter of a function of (values, std::optional<S>), or of that and more before, is declared as.
template <class Signature>
struct old_state_parameter {
  using type = void;
};
template <class R, class Values, class Old>
struct old_state_parameter<std::function<R(Values, Old)>> {
  using type = std::remove_cvref_t<Old>;
};
template <class R, class Time, class Key, class Values, class Old>
struct old_state_parameter<std::function<R(Time, Key, Values, Old)>> {
  using type = std::remove_cvref_t<Old>;
};

/// The state that `F(values, std::optional<S>) -> std::optional<S>` keeps, or its form with time and key. Not there for
/// a generic function, nor for one that has other parameters.
template <class F>
using updated_state = typename old_state_parameter<decltype(std::function{std::declval<F>()})>::type::value_type;

template <class F>
concept declares_state = requires { typename updated_state<F>; };

} // namespace sluice::detail
