// SPDX-License-Identifier: BSD-3-Clause
//
// What a dataset of pairs does with all pairs of a key. Values are kept as they are read: their views refer to the
// datasets, which are there all the while.
#pragma once

#include <sluice/operators/cogroup.hpp>
#include <sluice/operators/keyed_table.hpp>
#include <sluice/operators/rdd.hpp>
#include <sluice/operators/rdd_content.hpp>
#include <sluice/operators/rdd_wide.hpp>
#include <sluice/operators/rdd_writer.hpp>
#include <sluice/operators/reduce_by_key.hpp>

namespace sluice {

template <record T>
rdd<T> rdd<T>::partition_by(std::uint32_t partitions) const
  requires pair_record<T>
{
  detail::shuffle_writer<T> out{partitions_or(partitions)};
  for_each([&](const T& x) { out.append(hash_record(x.first), x); });
  return rdd{out.finish()};
}

template <record T>
auto rdd<T>::group_by_key(std::optional<std::uint32_t> partitions) const
  requires pair_record<T>
{
  using key = typename T::first_type;
  using values = std::vector<typename T::second_type>;
  using table = keyed_table<key, values>;
  table groups;
  for_each([&](const T& x) {
    groups.upsert(
        table::make_probe(x.first), [&] { return values(1, x.second); },
        [&](values& found) { found.push_back(x.second); });
  });
  detail::shuffle_writer<std::pair<key, values>> out{partitions_or(partitions)};
  groups.for_each([&](const key& k, std::uint64_t hash, values& found) {
    out.append(hash, std::pair<key, values>(k, std::move(found)));
  });
  return rdd<std::pair<key, values>>{out.finish()};
}

template <record T>
template <class F>
  requires pair_record<T>
rdd<T> rdd<T>::reduce_by_key(F f, std::optional<std::uint32_t> partitions) const {
  using value = typename T::second_type;
  static_assert(std::is_invocable_r_v<value, F&, const value&, const value&>,
                "sluice: rdd.reduce_by_key: the function cannot be called as value f(value, value)");
  detail::reduction<typename T::first_type, value, F> sums;
  for_each([&](const T& x) { sums.add(f, x); });
  detail::shuffle_writer<T> out{partitions_or(partitions)};
  sums.for_each([&](const T& x, std::uint64_t hash) { out.append(hash, x); });
  return rdd{out.finish()};
}

template <record T>
auto rdd<T>::count_by_key(std::optional<std::uint32_t> partitions) const
  requires pair_record<T>
{
  using key = typename T::first_type;
  using out_record = std::pair<key, std::int64_t>;
  detail::shuffle_writer<out_record> out{partitions_or(partitions)};
  tally<key>([](const T& x) -> const key& {
    return x.first;
  }).for_each([&](const key& k, std::uint64_t hash, std::int64_t n) { out.append(hash, out_record(k, n)); });
  return rdd<out_record>{out.finish()};
}

/// What `Emission` emits for each key of either dataset.
template <record T>
template <class Emission, class Other>
auto rdd<T>::meet(const rdd<Other>& other, std::optional<std::uint32_t> partitions) const {
  using key = typename T::first_type;
  static_assert(std::same_as<key, typename Other::first_type>,
                "sluice: rdd.join: the datasets have different key types");
  struct groups {
    std::vector<typename T::second_type> left;
    std::vector<typename Other::second_type> right;
  };
  using table = keyed_table<key, groups>;
  table met;
  const auto add = [&met](const key& k, auto insert) {
    const auto make = [&insert] {
      groups fresh;
      insert(fresh);
      return fresh;
    };
    met.upsert(table::make_probe(k), make, insert);
  };
  for_each([&](const T& x) { add(x.first, [&x](groups& found) { found.left.push_back(x.second); }); });
  other.for_each([&](const Other& x) { add(x.first, [&x](groups& found) { found.right.push_back(x.second); }); });
  using out_record = typename Emission::out;
  detail::shuffle_writer<out_record> out{partitions_or(partitions, other.num_partitions())};
  met.for_each([&](const key& k, std::uint64_t hash, const groups& found) {
    auto emit = [&](const out_record& x) { out.append(hash, x); };
    Emission{}(k, found.left, found.right, emit);
  });
  return rdd<out_record>{out.finish()};
}

template <record T>
template <pair_record Other>
  requires pair_record<T>
auto rdd<T>::cogroup(const rdd<Other>& other, std::optional<std::uint32_t> partitions) const {
  return meet<detail::emit_groups<typename T::first_type, typename T::second_type, typename Other::second_type>>(
      other, partitions);
}

template <record T>
template <pair_record Other>
  requires pair_record<T>
auto rdd<T>::join(const rdd<Other>& other, std::optional<std::uint32_t> partitions) const {
  return meet<detail::emit_pairs<detail::join_kind::inner, typename T::first_type, typename T::second_type,
                                 typename Other::second_type>>(other, partitions);
}

template <record T>
template <pair_record Other>
  requires pair_record<T>
auto rdd<T>::left_outer_join(const rdd<Other>& other, std::optional<std::uint32_t> partitions) const {
  return meet<detail::emit_pairs<detail::join_kind::left_outer, typename T::first_type, typename T::second_type,
                                 typename Other::second_type>>(other, partitions);
}

template <record T>
template <pair_record Other>
  requires pair_record<T>
auto rdd<T>::right_outer_join(const rdd<Other>& other, std::optional<std::uint32_t> partitions) const {
  return meet<detail::emit_pairs<detail::join_kind::right_outer, typename T::first_type, typename T::second_type,
                                 typename Other::second_type>>(other, partitions);
}

template <record T>
template <pair_record Other>
  requires pair_record<T>
auto rdd<T>::full_outer_join(const rdd<Other>& other, std::optional<std::uint32_t> partitions) const {
  return meet<detail::emit_pairs<detail::join_kind::full_outer, typename T::first_type, typename T::second_type,
                                 typename Other::second_type>>(other, partitions);
}

template <record T>
template <pair_record Other>
  requires pair_record<T>
rdd<T> rdd<T>::subtract_by_key(const rdd<Other>& other, std::optional<std::uint32_t> partitions) const {
  using key = typename T::first_type;
  static_assert(std::same_as<key, typename Other::first_type>,
                "sluice: rdd.subtract_by_key: the datasets have different key types");
  const auto theirs = other.template tally<key>([](const Other& x) -> const key& { return x.first; });
  detail::shuffle_writer<T> out{partitions_or(partitions)};
  for_each([&](const T& x) {
    if (const auto probe = theirs.make_probe(x.first); !theirs.contains(probe))
      out.append(probe.hash, x);
  });
  return rdd{out.finish()};
}

} // namespace sluice
