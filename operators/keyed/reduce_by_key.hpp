// SPDX-License-Identifier: BSD-3-Clause
//
// reduce_by_key at the partition that owns the keys; before anything is sent, `combine_sender` has combined the values
// of each upstream partition. `f` must be associative and commutative.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/operators/keyed/keyed_table.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/function_result.hpp>
#include <sluice/operators/stage/operator_failure.hpp>
#include <sluice/operators/stage/per_batch.hpp>

namespace sluice::detail {

/// Whether a reduction of integers by F would lose what F returns after the point.
template <class V, class F>
inline constexpr bool cuts_fraction_off = false;
template <std::integral V, class F>
  requires std::invocable<F&, const V&, const V&>
inline constexpr bool cuts_fraction_off<V, F> =
    std::is_floating_point_v<std::remove_cvref_t<std::invoke_result_t<F&, const V&, const V&>>>;

/// The reduced values of one batch.
template <record K, record V, class F>
class reduction {
public:
  /// @param site whose function `f` is.
  void add(F& f, const call_site& site, std::span<const std::pair<K, V>> some) {
    table_.for_each_place(
        some, [](const pair& x) -> const K& { return x.first; }, fetch_nothing{},
        [](const pair& x) { return to_owned(x.second); },
        [&](const pair& x, std::uint32_t, owned_t<V>& sum, bool added) {
          if (!added)
            sum = site.call(x, [&] { return own<V>(f(to_view<V>(sum), x.second)); });
        });
  }

  /// Calls `use(pair)` for every key; the pair's views are valid until `clear`.
  template <class Use>
  void for_each(Use&& use) {
    table_.for_each([&](const K& key, const owned_t<V>& sum) { use(std::pair<K, V>(key, to_view<V>(sum))); });
  }

  std::size_t keys() const { return table_.size(); }
  std::uint64_t bytes() const { return table_.bytes(); }
  void clear() { table_.clear(); }

private:
  using pair = std::pair<K, V>;

  keyed_table<K, owned_t<V>> table_;
};

/// The owning half: one pair a key at the end of the batch.
template <record K, record V, class F>
class reduce_operator : public stage_operator {
public:
  reduce_operator(const operator_context& context, F f)
      : f_{std::move(f)}, site_{context.label}, out_{context.consumers} {}

  error receive(parent_index, partition_id, const batch& records) override {
    auto& sums = sums_.current();
    return for_each_chunk<std::pair<K, V>>(records,
                                           [&](std::span<const std::pair<K, V>> chunk) { sums.add(f_, site_, chunk); });
  }

  void open(batch_time t) override { sums_.open(t); }

  void close(batch_time, stage_effects&) override {
    sums_.current().for_each([this](std::pair<K, V>&& x) { out_(std::move(x)); });
    out_.flush();
    sums_.close();
  }

  void skip(batch_time, presence, stage_effects&) override { sums_.close(); }

  std::uint64_t bytes_held() const override { return sums_.bytes(); }

private:
  F f_;
  call_site site_;
  per_batch<reduction<K, V, F>> sums_;
  emitter<std::pair<K, V>> out_;
};

} // namespace sluice::detail
