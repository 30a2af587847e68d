// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include <sluice/operators/stage_operator.hpp>

namespace sluice::detail {

/// One record in, one record out.
template <record In, record Out, class F>
class map_operator : public stage_operator, public sink<In> {
public:
  map_operator(const operator_context& context, F f) : f_{std::move(f)}, out_{context.consumers} {}

  any_sink* input() override { return this; }

  void push(std::span<const In> chunk) override {
    for (const auto& x : chunk)
      out_(std::invoke(f_, x));
    out_.flush();
  }

private:
  F f_;
  emitter<Out> out_;
};

} // namespace sluice::detail
