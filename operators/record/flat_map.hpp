// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>
#include <functional>
#include <type_traits>

#include <sluice/actors/record/owned.hpp>
#include <sluice/operators/record/dead_letters.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/operator_failure.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

/// One record in, any number out: `f` returns a range, or takes the emitter as its second argument.
template <record In, record Out, class F>
class flat_map_operator : public stage_operator, public sink<In> {
public:
  flat_map_operator(const operator_context& context, F f)
      : f_{std::move(f)}, site_{context.label}, out_{context.consumers}, dead_{context} {}

  any_sink* input() override { return this; }

  void push(std::span<const In> chunk) override {
    const typename emitter<Out>::scope cleared{out_};
    if (dead_.is_used()) {
      try_each(chunk);
    } else {
      for (const auto& x : chunk)
        site_.call(x, [&] { expand(x, out_); });
    }
    out_.flush();
  }

private:
  /// What a function emitted before it threw is not taken back. Failures of what consumes it are not the record's.
  void try_each(std::span<const In> chunk) {
    downstream guard{out_};
    any_sink* const consumers[] = {&guard};
    emitter<Out> guarded{consumers};
    for (const auto& x : chunk) {
      dead_.attempt(x, [&] { expand(x, guarded); });
      guarded.flush();
      guard.rethrow();
    }
    dead_.flush();
  }

  /// Keeps an exception of the consumers until the user's function is over.
  class downstream : public sink<Out> {
  public:
    explicit downstream(emitter<Out>& to) : to_{to} {}

    void push(std::span<const Out> chunk) override {
      try {
        to_.push(chunk);
      } catch (...) {
        failure_ = std::current_exception();
      }
    }

    void rethrow() {
      if (failure_)
        std::rethrow_exception(failure_);
    }

  private:
    emitter<Out>& to_;
    std::exception_ptr failure_;
  };

  void expand(const In& x, emitter<Out>& out) {
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

  F f_;
  call_site site_;
  emitter<Out> out_;
  dead_letter_outlet<In> dead_;
};

} // namespace sluice::detail
