// SPDX-License-Identifier: BSD-3-Clause
//
// What a dataset does with all of its records together.
#pragma once

#include <algorithm>
#include <functional>

#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/dataset/rdd_content.hpp>
#include <sluice/operators/dataset/rdd_writer.hpp>
#include <sluice/operators/keyed/keyed_table.hpp>

namespace sluice {

/// The number of partitions of a result, of which one was `asked` for or not.
/// @param others the partitions of the other dataset that takes part
template <record T>
std::uint32_t rdd<T>::partitions_or(std::optional<std::uint32_t> asked, std::size_t others) const {
  if (asked && *asked == 0)
    throw usage_error{"a dataset must have at least one partition"};
  return asked.value_or(static_cast<std::uint32_t>(std::max(num_partitions(), others)));
}

/// A table of how often each `key(record)` occurs.
template <record T>
template <record K, class Key>
auto rdd<T>::tally(Key key) const {
  using table = keyed_table<K, std::int64_t>;
  table result;
  for_each(
      [&](const T& x) { result.upsert(table::make_probe(key(x)), [] { return 1; }, [](std::int64_t& n) { ++n; }); });
  return result;
}

template <record T>
rdd<T> rdd<T>::distinct(std::optional<std::uint32_t> partitions) const {
  detail::shuffle_writer<T> out{partitions_or(partitions)};
  tally<T>(std::identity{}).for_each([&](const T& x, std::int64_t) { out.append(x, x); });
  return rdd{out.finish()};
}

template <record T>
auto rdd<T>::count_by_value(std::optional<std::uint32_t> partitions) const {
  using out_record = std::pair<T, std::int64_t>;
  detail::shuffle_writer<out_record> out{partitions_or(partitions)};
  tally<T>(std::identity{}).for_each([&](const T& x, std::int64_t n) { out.append(x, out_record(x, n)); });
  return rdd<out_record>{out.finish()};
}

template <record T>
rdd<T> rdd<T>::repartition(std::uint32_t partitions) const {
  return with_records(*content_, [&](std::span<const T> all) { return of(all, partitions); });
}

template <record T>
template <class F>
rdd<T> rdd<T>::sort_by(F f, bool ascending, std::optional<std::uint32_t> partitions) const {
  static_assert(std::invocable<F&, const T&>,
                "sluice: rdd.sort_by: the function cannot be called with this dataset's records");
  using key = detail::result_of<F, const T&>;
  static_assert(
      record<key> || requires(const key& a, const key& b) { a < b; },
      "sluice: rdd.sort_by: what the function returns cannot be compared with <");
  struct entry {
    key by;
    const T* what;
  };
  const auto slices = partitions_or(partitions);
  return with_records(*content_, [&](std::span<const T> all) {
    std::vector<entry> order;
    order.reserve(all.size());
    for (const auto& x : all)
      order.push_back({std::invoke(f, x), &x});
    const auto before = [ascending](const entry& a, const entry& b) {
      return ascending ? record_order{}(a.by, b.by) : record_order{}(b.by, a.by);
    };
    std::ranges::stable_sort(order, before);
    typename rdd::partitions content;
    detail::partition_writer<T> out;
    std::size_t next = 0;
    const auto continues_key = [&] {
      return next != 0 && next != order.size() && !before(order[next - 1], order[next]);
    };
    for (std::uint32_t p = 1; p <= slices; ++p) {
      const auto end = detail::slice_begin(order.size(), p, slices);
      while (next < end || continues_key())
        out.append(*order[next++].what);
      content.push_back(out.finish());
    }
    return rdd{std::move(content)};
  });
}

} // namespace sluice
