// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <type_traits>

namespace sluice::detail {

/// The optional's type, S, of a function of (values, std::optional<S>); found in its declared second parameter.
template <class Signature>
struct second_parameter;
template <class R, class A, class B>
struct second_parameter<std::function<R(A, B)>> {
  using type = std::remove_cvref_t<B>;
};

/// The state that `F(values, std::optional<S>) -> std::optional<S>` keeps.
template <class F>
using updated_state = typename second_parameter<decltype(std::function{std::declval<F>()})>::type::value_type;

} // namespace sluice::detail
