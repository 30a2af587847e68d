// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include <sluice/operators/stage_operator.hpp>

namespace sluice::detail {

/// Passes the records that `f` accepts.
template <record T, class F>
class filter_operator : public stage_operator, public sink<T> {
public:
  filter_operator(const operator_context& context, F f) : f_{std::move(f)}, out_{context.consumers} {}

  any_sink* input() override { return this; }

  void push(std::span<const T> chunk) override {
    for (const auto& x : chunk)
      if (std::invoke(f_, x))
        out_(x);
    out_.flush();
  }

private:
  F f_;
  emitter<T> out_;
};

} // namespace sluice::detail
