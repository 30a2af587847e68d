// SPDX-License-Identifier: BSD-3-Clause
//
// Making a dataset, and going through what it holds.
#pragma once

#include <algorithm>

#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/dataset/rdd_writer.hpp>

namespace sluice {

template <record T>
template <std::ranges::input_range Range>
rdd<T> rdd<T>::of(Range&& records, std::uint32_t partitions) {
  using element = std::ranges::range_value_t<Range>;
  constexpr bool owner = !std::same_as<element, T> && std::same_as<element, owned_t<T>>;
  static_assert(owner || std::convertible_to<std::ranges::range_reference_t<Range>, T>,
                "sluice: rdd.of: the range's elements are no records of this type");
  if (partitions == 0)
    throw usage_error{"a dataset must have at least one partition"};
  if constexpr (!std::ranges::forward_range<Range> && !std::ranges::sized_range<Range>) {
    std::vector<element> all;
    for (auto&& x : records)
      all.push_back(std::forward<decltype(x)>(x));
    return of(all, partitions);
  } else {
    const auto size = static_cast<std::uint64_t>(std::ranges::distance(records));
    typename rdd::partitions content;
    detail::partition_writer<T> out;
    auto next = std::ranges::begin(records);
    std::uint64_t done = 0;
    for (std::uint32_t p = 1; p <= partitions; ++p) {
      for (const auto end = detail::slice_begin(size, p, partitions); done < end; ++done, ++next) {
        if constexpr (owner)
          out.append(to_view<T>(*next));
        else
          out.append(static_cast<const T&>(*next));
      }
      content.push_back(out.finish());
    }
    return rdd{std::move(content)};
  }
}

template <record T>
rdd<T> rdd<T>::of(std::initializer_list<T> records, std::uint32_t partitions) {
  return of(std::span{records.begin(), records.size()}, partitions);
}

template <record T>
std::uint64_t rdd<T>::count() const {
  std::uint64_t result = 0;
  for (const auto& partition : *content_)
    for (const auto& records : partition)
      result += records.count();
  return result;
}

template <record T>
template <class F>
void rdd<T>::for_each(F f) const {
  static_assert(std::invocable<F&, const T&>,
                "sluice: rdd.for_each: the function cannot be called with this dataset's records");
  for (const auto& partition : *content_)
    visit(partition, [&f](const T& x) { std::invoke(f, x); });
}

template <record T>
template <class F>
void rdd<T>::for_each_partition(F f) const {
  static_assert(std::invocable<F&, std::span<const T>>,
                "sluice: rdd.for_each_partition: the function cannot be called as f(std::span<const T>)");
  for (const auto& partition : *content_)
    with_records({&partition, 1}, [&f](std::span<const T> records) { std::invoke(f, records); });
}

/// Throws runtime_failure for a batch of another type.
template <record T>
batch_reader<T> rdd<T>::open(const batch& records) {
  auto reader = batch_reader<T>::open(records);
  if (!reader)
    throw runtime_failure{describe(reader.error())};
  return std::move(*reader);
}

/// Calls `f(record)` for every record of a partition.
template <record T>
template <class F>
void rdd<T>::visit(const std::vector<batch>& partition, F&& f) {
  for (const auto& records : partition) {
    const auto reader = open(records);
    reader.for_each_run(0, reader.size(),
                        [&](std::size_t first, std::size_t count) { visit_run(reader, first, count, f); });
  }
}

/// The same for some records of a batch. Out of line, so that no register is taken by what is not looked at here.
template <record T>
template <class F>
[[gnu::noinline]] void rdd<T>::visit_run(const batch_reader<T>& from, std::size_t first, std::size_t count, F& f) {
  for (auto i = first; i < first + count; ++i) {
    const T& x = from[i];
    f(x);
  }
}

/// What `use(std::span<const T>)` returns for all records of some partitions, side by side while it runs.
template <record T>
template <class Use>
decltype(auto) rdd<T>::with_records(std::span<const std::vector<batch>> from, Use&& use) {
  std::size_t size = 0;
  for (const auto& partition : from)
    for (const auto& records : partition)
      size += records.count();
  record_buffer<T> all{size};
  for (const auto& partition : from)
    visit(partition, [&all](const T& x) { all.push_back(x); });
  return use(all.records());
}

} // namespace sluice
