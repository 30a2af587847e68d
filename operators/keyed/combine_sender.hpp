// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <utility>

#include <sluice/actors/record/owned.hpp>
#include <sluice/operators/keyed/keyed_table.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stage/function_result.hpp>
#include <sluice/operators/stage/operator_failure.hpp>
#include <sluice/operators/stage/per_batch.hpp>

namespace sluice::detail {

/// With more keys than this before a shuffle, the table no longer fits the cache and combining stops paying.
inline constexpr std::size_t max_combined_keys = std::size_t{128} * 1024;

/// The sending half of combine_by_key, and of what reduces: combines the values of each key before they are sent.
/// `create(value)` makes a combiner of a key's first value, `merge(combiner, value)` takes up each further one. The
/// owning half merges combiners, which is a reduction.
template <record K, record V, record C, class Create, class Merge, class By = hash_partitioner>
class combine_sender : public stage_operator, public sink<std::pair<K, V>> {
public:
  combine_sender(const sender_context& context, Create create, Merge merge, const By& by = {})
      : create_{std::move(create)}, merge_{std::move(merge)}, site_{context.label}, route_{by, context}, out_{context} {
  }

  any_sink* input() override { return this; }

  void push(std::span<const std::pair<K, V>> chunk) override {
    auto& combiners = combiners_.current();
    combiners.for_each_place(
        chunk, [](const pair& x) -> const K& { return x.first; }, fetch_nothing{},
        [&](const pair& x) { return site_.call(x, [&] { return own<C>(std::invoke(create_, x.second)); }); },
        [&](const pair& x, std::uint32_t, owned_t<C>& combiner, bool added) {
          if (!added)
            combiner = site_.call(x, [&] { return own<C>(std::invoke(merge_, to_view<C>(combiner), x.second)); });
        });
    if (combiners.size() > max_combined_keys) [[unlikely]]
      send(combiners);
  }

  void open(batch_time t) override {
    combiners_.open(t);
    out_.open(t);
  }

  void close(batch_time, stage_effects&) override {
    send(combiners_.current());
    combiners_.close();
    out_.send_all();
  }

  void skip(batch_time, presence, stage_effects&) override {
    combiners_.close();
    out_.clear();
  }

  std::uint64_t bytes_held() const override { return combiners_.bytes(); }

private:
  using pair = std::pair<K, V>;
  using table = keyed_table<K, owned_t<C>>;

  void send(table& combiners) {
    combiners.for_each([this](const K& key, const owned_t<C>& combiner) {
      out_.append_lasting(route_(key, out_.targets()), std::pair<K, C>(key, to_view<C>(combiner)));
    });
    out_.settle();
    combiners.clear();
  }

  [[no_unique_address]] Create create_;
  Merge merge_;
  call_site site_;
  [[no_unique_address]] sending_router<By> route_;
  per_batch<table> combiners_;
  parcel_writer<std::pair<K, C>> out_;
};

/// The same where a value is its own combiner.
template <record K, record V, class F, class By = hash_partitioner>
using reduce_sender = combine_sender<K, V, V, std::identity, F, By>;

} // namespace sluice::detail
