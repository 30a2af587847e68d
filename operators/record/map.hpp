// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>

#include <sluice/operators/record/dead_letters.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/operator_failure.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

/// One record in, one record out.
template <record In, record Out, class F>
class map_operator : public stage_operator, public sink<In> {
public:
  map_operator(const operator_context& context, F f)
      : f_{std::move(f)}, site_{context.label}, out_{context.consumers}, dead_{context} {}

  any_sink* input() override { return this; }

  void push(std::span<const In> chunk) override {
    const typename emitter<Out>::scope cleared{out_};
    if (dead_.is_used()) {
      try_each(chunk);
    } else {
      emit_each(chunk);
    }
    out_.flush();
  }

  bool is_decoding() const override { return plain_record<In> && !dead_.is_used(); }

  void decode(const encoded_chunk<In>& chunk) override {
    if constexpr (plain_record<In>) {
      const typename emitter<Out>::scope cleared{out_};
      chunk.visit([&](const auto& records) { emit_each(records); });
      out_.flush();
    }
  }

private:
  template <class Chunk>
  void emit_each(const Chunk& chunk) {
    out_.emit_each(chunk.size(), [&](std::size_t i) {
      const auto record = [&]() -> decltype(auto) { return chunk[i]; };
      return site_.call(record, [&] {
        const In& x = record();
        return Out(std::invoke(f_, x));
      });
    });
  }

  void try_each(std::span<const In> chunk) {
    for (const auto& x : chunk) {
      std::optional<Out> result;
      if (dead_.attempt(x, [&] { result.emplace(std::invoke(f_, x)); }))
        out_(std::move(*result));
    }
    dead_.flush();
  }

  F f_;
  call_site site_;
  emitter<Out> out_;
  dead_letter_outlet<In> dead_;
};

} // namespace sluice::detail
