// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include <sluice/actors/record/owned.hpp>
#include <sluice/operators/stage/emitter.hpp>

namespace sluice::detail {

/// An operator for `apply`: one record in, any number out. `f` returns a range, or takes the emitter as its second
/// argument.
template <record In, record Out, class F>
class flat_map_operator {
public:
  explicit flat_map_operator(F f) : f_{std::move(f)} {}

  void on_record(const In& x, emitter<Out>& out) {
    if constexpr (std::invocable<F&, const In&, emitter<Out>&>) {
      f_(x, out);
    } else {
      auto&& results = std::invoke(f_, x);
      using range = decltype(results);
      // Only a container owns its elements: what a view refers to is somebody else's.
      constexpr auto ours =
          !std::is_lvalue_reference_v<range> && requires { typename std::remove_cvref_t<range>::allocator_type; };
      for (auto&& result : results) {
        if constexpr (ours)
          out(Out(std::move(result)));
        else
          out(Out(result));
      }
      // Results that refer into `results` must have left before it goes.
      if constexpr (!owns_itself<Out>)
        out.flush();
    }
  }

private:
  F f_;
};

} // namespace sluice::detail
