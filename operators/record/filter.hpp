// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>

#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/record/dead_letters.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/operator_failure.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

/// Passes the records that `f` accepts.
template <record T, class F>
class filter_operator : public stage_operator, public sink<T> {
public:
  filter_operator(const operator_context& context, F f)
      : f_{std::move(f)}, site_{context.label}, out_{context.consumers}, dead_{context} {}

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
  using run = typename encoded_chunk<T>::run;

  /// Writes down the places of those that are kept, and returns how many there are.
  std::size_t select(const encoded_chunk<T>& records, std::uint16_t* kept) {
    return select_in_turn(records, 0, records.size(), kept);
  }

  /// In blocks; of each it depends on the last how.
  std::size_t select(const run& records, std::uint16_t* kept) {
    constexpr std::size_t many = few_at_once / 3;
    std::size_t count = 0;
    std::size_t begin = 0;
    for (std::size_t of_block = 0; begin + few_at_once <= records.size(); begin += few_at_once) {
      of_block = of_block < many ? select_few(records, begin, kept + count)
                                 : select_in_turn(records, begin, begin + few_at_once, kept + count);
      count += of_block;
    }
    return count + select_in_turn(records, begin, records.size(), kept + count);
  }

  /// As fast for many as for few.
  template <class Records>
  std::size_t select_in_turn(const Records& records, std::size_t begin, std::size_t end, std::uint16_t* kept) {
    std::size_t count = 0;
#pragma GCC unroll 4
    for (auto i = begin; i < end; ++i) {
      kept[count] = records.place(i);
      count += accepts([&] { return records[i]; }) ? 1 : 0;
    }
    return count;
  }

  static constexpr std::size_t few_at_once = 64;

  /// Faster if few are kept: the answers become bits first, of which those that are 0 cost nothing more.
  std::size_t select_few(const run& records, std::size_t begin, std::uint16_t* kept) {
    std::uint64_t answers = 0; // the first one's is the highest
    for (std::size_t i = begin; i < begin + few_at_once; i += 8) {
      answers = 2 * answers + (accepts([&] { return records[i]; }) ? 1 : 0); // one of eight fetches as many for later
#pragma GCC unroll 7
      for (std::size_t n = 1; n < 8; ++n)
        answers = 2 * answers + (accepts([&] { return records.unfetched(i + n); }) ? 1 : 0);
    }
    std::size_t count = 0;
    for (std::size_t i = begin; answers != 0; ++i, answers <<= 1) {
      const auto skipped = std::countl_zero(answers);
      i += static_cast<std::size_t>(skipped);
      answers <<= skipped;
      kept[count++] = records.place(i);
    }
    return count;
  }

  /// First it is found out which records are kept, all of them or none in many chunks: no branch depends on each.
  void keep(std::span<const T> chunk) {
    std::array<std::uint16_t, chunk_size<T>> kept;
    std::size_t count = 0;
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      kept[count] = static_cast<std::uint16_t>(i);
      count += accepts([&]() -> const T& { return chunk[i]; }) ? 1 : 0;
    }
    if (count == chunk.size())
      out_.push(chunk);
    else
      out_.emit_each(count, [&](std::size_t i) -> const T& { return chunk[kept[i]]; });
  }

  /// @param record returns it, as often as it is called.
  template <class Record>
  [[gnu::always_inline]] bool accepts(Record record) {
    return site_.call(record, [&] {
      const T& x = record();
      return static_cast<bool>(std::invoke(f_, x));
    });
  }

  void try_each(std::span<const T> chunk) {
    for (const auto& x : chunk) {
      bool accepted = false;
      if (dead_.attempt(x, [&] { accepted = std::invoke(f_, x); }) && accepted)
        out_(x);
    }
    dead_.flush();
  }

  F f_;
  call_site site_;
  emitter<T> out_;
  dead_letter_outlet<T> dead_;
};

} // namespace sluice::detail
