// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
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
      for (; !chunk.empty(); chunk = chunk.subspan(std::min(chunk.size(), chunk_size<T>)))
        keep(chunk.first(std::min(chunk.size(), chunk_size<T>)));
    }
    out_.flush();
  }

  bool is_decoding() const override { return plain_record<T> && !dead_.is_used(); }

  void decode(const encoded_chunk<T>& chunk) override {
    if constexpr (plain_record<T>) {
      std::array<std::uint16_t, encoded_chunk<T>::max_size> kept;
      std::size_t count = 0;
      chunk.visit([&](const auto& records) { count = select(records, kept.data()); });
      if (count != 0)
        out_.push(chunk.only(std::span{kept}.first(count)));
    }
  }

private:
  /// Writes down the places of those that are kept, and returns how many there are.
  template <class Records>
  std::size_t select(const Records& records, std::uint16_t* kept) {
    std::size_t count = 0;
    const auto size = records.size();
#pragma GCC unroll 4
    for (std::size_t i = 0; i < size; ++i) {
      kept[count] = records.place(i);
      count += accepts(records[i]) ? 1 : 0;
    }
    return count;
  }

  /// First it is found out which records are kept, all of them or none in many chunks: no branch depends on each.
  void keep(std::span<const T> chunk) {
    std::array<std::uint16_t, chunk_size<T>> kept;
    std::size_t count = 0;
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      kept[count] = static_cast<std::uint16_t>(i);
      count += accepts(chunk[i]) ? 1 : 0;
    }
    if (count == chunk.size())
      out_.push(chunk);
    else
      out_.emit_each(count, [&](std::size_t i) -> const T& { return chunk[kept[i]]; });
  }

  bool accepts(const T& x) { return std::invoke(f_, x); }

  void try_each(std::span<const T> chunk) {
    for (const auto& x : chunk) {
      bool accepted = false;
      if (dead_.attempt(x, [&] { accepted = accepts(x); }) && accepted)
        out_(x);
    }
    dead_.flush();
  }

  F f_;
  emitter<T> out_;
  dead_letter_outlet<T> dead_;
};

} // namespace sluice::detail
