// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <sluice/actors/record/owned.hpp>

namespace sluice::detail {

/// What `f(args…)` returns, as a value.
template <class F, class... Args>
using result_of = std::remove_cvref_t<std::invoke_result_t<F&, Args...>>;

/// What a function of the user's returned as a T, which may refer to its arguments, to keep.
template <record T, class Result>
owned_t<T> own(Result&& result) {
  if constexpr (std::constructible_from<owned_t<T>, Result>)
    return owned_t<T>(std::forward<Result>(result));
  else
    return to_owned<T>(T(std::forward<Result>(result)));
}

} // namespace sluice::detail
