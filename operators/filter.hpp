// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include <sluice/operators/dead_letters.hpp>
#include <sluice/operators/stage_operator.hpp>

namespace sluice::detail {

/// Passes the records that `f` accepts.
template <record T, class F>
class filter_operator : public stage_operator, public sink<T> {
public:
  filter_operator(const operator_context& context, F f) : f_{std::move(f)}, out_{context.consumers}, dead_{context} {}

  any_sink* input() override { return this; }

  void push(std::span<const T> chunk) override {
    const typename emitter<T>::scope cleared{out_};
    if (dead_.is_used()) {
      try_each(chunk);
    } else {
      for (const auto& x : chunk)
        if (std::invoke(f_, x))
          out_(x);
    }
    out_.flush();
  }

private:
  void try_each(std::span<const T> chunk) {
    for (const auto& x : chunk) {
      bool accepted = false;
      if (dead_.attempt(x, [&] { accepted = std::invoke(f_, x); }) && accepted)
        out_(x);
    }
    dead_.flush();
  }

  F f_;
  emitter<T> out_;
  dead_letter_outlet<T> dead_;
};

} // namespace sluice::detail
