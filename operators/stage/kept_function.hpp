// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include <sluice/actors/record/owned.hpp>
#include <sluice/operators/stage/function_result.hpp>

namespace sluice::detail {

/// A function (V, V) -> V of the user's, for values that are kept.
template <record V, class F>
class kept_function {
public:
  explicit kept_function(F f) : f_{std::move(f)} {}

  owned_t<V> operator()(const owned_t<V>& a, const owned_t<V>& b) { return own<V>(f_(to_view<V>(a), to_view<V>(b))); }

  F& original() { return f_; }

private:
  F f_;
};

} // namespace sluice::detail
