// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <type_traits>

#include <sluice/actors/owned.hpp>
#include <sluice/operators/stage_operator.hpp>

namespace sluice::detail {

/// One record in, any number out: `f` returns a range, or takes the emitter as its second argument.
template <record In, record Out, class F>
class flat_map_operator : public stage_operator, public sink<In> {
public:
  flat_map_operator(const operator_context& context, F f) : f_{std::move(f)}, out_{context.consumers} {}

  any_sink* input() override { return this; }

  void push(std::span<const In> chunk) override {
    for (const auto& x : chunk)
      expand(x);
    out_.flush();
  }

private:
  void expand(const In& x) {
    if constexpr (std::invocable<F&, const In&, emitter<Out>&>) {
      f_(x, out_);
    } else {
      auto&& results = std::invoke(f_, x);
      using range = decltype(results);
      // Only a container owns its elements: what a view refers to is somebody else's.
      constexpr auto ours =
          !std::is_lvalue_reference_v<range> && requires { typename std::remove_cvref_t<range>::allocator_type; };
      for (auto&& result : results) {
        if constexpr (ours)
          out_(Out(std::move(result)));
        else
          out_(Out(result));
      }
      // Results that refer into `results` must have left before it goes.
      if constexpr (!owns_itself<Out>)
        out_.flush();
    }
  }

  F f_;
  emitter<Out> out_;
};

} // namespace sluice::detail
