// SPDX-License-Identifier: BSD-3-Clause
//
// What a dataset of pairs does with all pairs of a key. Values are kept as they are read: their views refer to the
// datasets, which are there all the while.
#pragma once

#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/dataset/rdd_content.hpp>
#include <sluice/operators/dataset/rdd_wide.hpp>
#include <sluice/operators/dataset/rdd_writer.hpp>
#include <sluice/operators/keyed/cogroup.hpp>
#include <sluice/operators/keyed/keyed_table.hpp>
#include <sluice/operators/keyed/reduce_by_key.hpp>
#include <sluice/operators/shuffle/router.hpp>

namespace sluice {

/// A writer of pairs for the operation `kind`, into partitions as `by` has them.
/// @param others the partitions of the other dataset that takes part
template <record T>
template <record Out, class By>
auto rdd<T>::shuffle(const std::string& kind, const By& by, std::size_t others) const {
  auto how = detail::to_partitioner<typename T::first_type>(by);
  using writer = detail::shuffle_writer<Out, decltype(how)>;
  return writer{partitions_or(how.num_partitions(), others), {how, "rdd." + kind}};
}

template <record T>
template <class By>
  requires pair_record<T>
rdd<T> rdd<T>::partition_by(const By& by) const {
  auto out = shuffle<T>("partition_by", by);
  for_each([&](const T& x) { out.append(x.first, x); });
  return rdd{out.finish()};
}

template <record T>
template <class By>
  requires pair_record<T>
auto rdd<T>::group_by_key(const By& by) const {
  using key = typename T::first_type;
  using values = std::vector<typename T::second_type>;
  using table = keyed_table<key, values>;
  table groups;
  for_each([&](const T& x) {
    groups.upsert(
        table::make_probe(x.first), [&] { return values(1, x.second); },
        [&](values& found) { found.push_back(x.second); });
  });
  auto out = shuffle<std::pair<key, values>>("group_by_key", by);
  groups.for_each([&](const key& k, values& found) { out.append(k, std::pair<key, values>(k, std::move(found))); });
  return rdd<std::pair<key, values>>{out.finish()};
}

template <record T>
template <class F, class By>
  requires pair_record<T>
rdd<T> rdd<T>::reduce_by_key(F f, const By& by) const {
  using value = typename T::second_type;
  static_assert(std::is_invocable_r_v<value, F&, const value&, const value&>,
                "sluice: rdd.reduce_by_key: the function cannot be called as value f(value, value)");
  detail::reduction<typename T::first_type, value, F> sums;
  const detail::call_site site{"rdd.reduce_by_key"};
  for (const auto& partition : *content_)
    for (const auto& records : partition)
      if (const auto err = for_each_chunk<T>(records, [&](std::span<const T> chunk) { sums.add(f, site, chunk); }))
        throw runtime_failure{describe(err)};
  auto out = shuffle<T>("reduce_by_key", by);
  sums.for_each([&](const T& x) { out.append(x.first, x); });
  return rdd{out.finish()};
}

template <record T>
template <class By>
  requires pair_record<T>
auto rdd<T>::count_by_key(const By& by) const {
  using key = typename T::first_type;
  using out_record = std::pair<key, std::int64_t>;
  auto out = shuffle<out_record>("count_by_key", by);
  tally<key>([](const T& x) -> const key& { return x.first; }).for_each([&](const key& k, std::int64_t n) {
    out.append(k, out_record(k, n));
  });
  return rdd<out_record>{out.finish()};
}

/// What `Emission` emits for each key of either dataset.
template <record T>
template <class Emission, class Other, class By>
auto rdd<T>::meet(const std::string& kind, const rdd<Other>& other, const By& by) const {
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
  auto out = shuffle<out_record>(kind, by, other.num_partitions());
  met.for_each([&](const key& k, const groups& found) {
    auto emit = [&](const out_record& x) { out.append(k, x); };
    Emission{}(k, found.left, found.right, emit);
  });
  return rdd<out_record>{out.finish()};
}

template <record T>
template <pair_record Other, class By>
  requires pair_record<T>
auto rdd<T>::cogroup(const rdd<Other>& other, const By& by) const {
  return meet<detail::emit_groups<typename T::first_type, typename T::second_type, typename Other::second_type>>(
      "cogroup", other, by);
}

template <record T>
template <pair_record Other, class By>
  requires pair_record<T>
auto rdd<T>::join(const rdd<Other>& other, const By& by) const {
  return meet<detail::emit_pairs<detail::join_kind::inner, typename T::first_type, typename T::second_type,
                                 typename Other::second_type>>("join", other, by);
}

template <record T>
template <pair_record Other, class By>
  requires pair_record<T>
auto rdd<T>::left_outer_join(const rdd<Other>& other, const By& by) const {
  return meet<detail::emit_pairs<detail::join_kind::left_outer, typename T::first_type, typename T::second_type,
                                 typename Other::second_type>>("left_outer_join", other, by);
}

template <record T>
template <pair_record Other, class By>
  requires pair_record<T>
auto rdd<T>::right_outer_join(const rdd<Other>& other, const By& by) const {
  return meet<detail::emit_pairs<detail::join_kind::right_outer, typename T::first_type, typename T::second_type,
                                 typename Other::second_type>>("right_outer_join", other, by);
}

template <record T>
template <pair_record Other, class By>
  requires pair_record<T>
auto rdd<T>::full_outer_join(const rdd<Other>& other, const By& by) const {
  return meet<detail::emit_pairs<detail::join_kind::full_outer, typename T::first_type, typename T::second_type,
                                 typename Other::second_type>>("full_outer_join", other, by);
}

template <record T>
template <pair_record Other, class By>
  requires pair_record<T>
rdd<T> rdd<T>::subtract_by_key(const rdd<Other>& other, const By& by) const {
  using key = typename T::first_type;
  static_assert(std::same_as<key, typename Other::first_type>,
                "sluice: rdd.subtract_by_key: the datasets have different key types");
  const auto theirs = other.template tally<key>([](const Other& x) -> const key& { return x.first; });
  auto out = shuffle<T>("subtract_by_key", by);
  for_each([&](const T& x) {
    if (!theirs.contains(theirs.make_probe(x.first)))
      out.append(x.first, x);
  });
  return rdd{out.finish()};
}

} // namespace sluice
