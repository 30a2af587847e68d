// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/base/ids.hpp>
#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/keyed/reduce_by_key.hpp>
#include <sluice/operators/shuffle/router.hpp>

namespace sluice::detail {

/// Where keys have no state before the first batch.
struct no_initial_state {};

/// States that were given for keys.
template <record K, record S>
struct given_states {
  std::vector<std::pair<owned_t<K>, S>> states;
  std::function<std::uint32_t(const K&, std::uint32_t)> route; ///< the partition of a key, of so many
};

/// The states that keys have before the first batch of a program's first life; null if none were given.
template <record K, record S>
using initial_states = std::shared_ptr<const given_states<K, S>>;

template <class T>
inline constexpr bool is_rdd = false;
template <record T>
inline constexpr bool is_rdd<rdd<T>> = true;

/// Calls `f(pair)` for every element of a range or rdd.
template <class Source, class F>
void for_each_pair(const Source& source, F&& f) {
  if constexpr (is_rdd<Source>)
    source.for_each(f);
  else
    for (const auto& x : source)
      f(x);
}

/// Owned copies of the pairs of a range or rdd, for an operator of this kind and partitioner. Throws usage_error for a
/// key that the partitioner has no partition for.
template <record K, record S, class Source, class By>
initial_states<K, S> to_initial_states(const Source& source, const std::string& kind, const By& by) {
  if constexpr (std::same_as<Source, no_initial_state>) {
    return nullptr;
  } else {
    static_assert(is_rdd<Source> || std::ranges::input_range<const Source&>,
                  "sluice: the initial state must be a range or an rdd of (key, state)");
    auto result = std::make_shared<given_states<K, S>>();
    router<By> route{by, kind};
    for_each_pair(source, [&]<class Pair>(const Pair& x) {
      using given_key = decltype(x.first);
      static_assert(std::constructible_from<owned_t<K>, const given_key&>
                        || std::constructible_from<K, const given_key&>,
                    "sluice: the keys of the initial state are not of this stream's key type");
      static_assert(std::constructible_from<S, decltype(x.second)>,
                    "sluice: the values of the initial state are not of the state's type");
      result->states.emplace_back(own<K>(x.first), S(x.second));
      if constexpr (!std::same_as<By, hash_partitioner>)
        route(to_view<K>(result->states.back().first), by.num_partitions());
    });
    result->route = std::move(route);
    return result;
  }
}

/// Those of partition `mine`: calls `f(key, state)`.
template <record K, record S, class F>
void for_each_of_partition(const initial_states<K, S>& states, partition_id mine, std::uint32_t partitions, F&& f) {
  if (!states)
    return;
  auto route = states->route; // a partition's own copy of the user's function
  for (const auto& [key, state] : states->states)
    if (route(to_view<K>(key), partitions) == mine.value())
      f(key, state);
}

} // namespace sluice::detail
