// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <utility>

#include <sluice/actors/record/heap_bytes.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/operators/keyed/keyed_table.hpp>

namespace sluice::detail {

/// All values of each key of a batch, in the order in which they came. Knows about how much memory they take.
template <record K, record V, class List>
struct value_lists {
  keyed_table<K, List> lists;
  std::uint64_t bytes_of_values = 0;

  void add(const std::pair<K, V>& x) {
    auto value = to_owned<V>(x.second);
    bytes_of_values += grown_bytes<owned_t<V>>(1) + heap_bytes(value);
    lists.upsert(
        keyed_table<K, List>::make_probe(x.first),
        [&] {
          bytes_of_values += malloc_overhead;
          return List(1, std::move(value));
        },
        [&](List& list) { list.push_back(std::move(value)); });
  }

  std::uint64_t bytes() const { return lists.bytes() + bytes_of_values; }

  void clear() {
    lists.clear();
    bytes_of_values = 0;
  }
};

} // namespace sluice::detail
