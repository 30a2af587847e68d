// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ranges>

#include <sluice/operators/keyed/cogroup.hpp>
#include <sluice/operators/keyed/combine_sender.hpp>
#include <sluice/operators/keyed/group_by_key.hpp>
#include <sluice/operators/keyed/reduce_by_key.hpp>
#include <sluice/operators/record/identity.hpp>
#include <sluice/operators/record/map.hpp>
#include <sluice/operators/shuffle/router.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stream/composition_scope.hpp>

namespace sluice::detail {

/// The operations of a stream of pairs, without windows and state. If an operator brings keys together, `by` is the
/// number of partitions of the result, and the hash of a key decides; or it is a partitioner. By default the number is
/// the context's. In the examples, `pairs` has (std::string_view, int) and `prices` has (std::string_view, double).
template <class T>
class pair_operations {
  static constexpr bool of_pairs = pair_record<T>;

public:
  // What streams of something else say of the names that are tried most.
  template <class... Args>
  void reduce_by_key(Args&&...) const {
    static_assert(of_pairs, "sluice: reduce_by_key: this is no stream of pairs: make std::pair{key, value} with map");
  }
  template <class... Args>
  void group_by_key(Args&&...) const {
    static_assert(of_pairs, "sluice: group_by_key: this is no stream of pairs: make std::pair{key, value} with map");
  }
  template <class... Args>
  void join(Args&&...) const {
    static_assert(of_pairs, "sluice: join: this is no stream of pairs: make std::pair{key, value} with map");
  }
  template <class... Args>
  void map_values(Args&&...) const {
    static_assert(of_pairs, "sluice: map_values: this is no stream of pairs: make std::pair{key, value} with map");
  }
};

template <pair_record T>
class pair_operations<T> {
  using key = typename T::first_type;
  using value = typename T::second_type;

public:
  /// (key, f(value)) of each (key, value).
  ///
  ///     auto doubled = pairs.map_values([](int n) { return 2 * n; });
  template <class F>
  auto map_values(F f) const {
    constexpr bool can_be_called = std::is_invocable_v<F&, const value&>;
    constexpr bool can_be_copied = std::is_copy_constructible_v<F>;
    static_assert(can_be_called, "sluice: map_values: the function cannot be called with the values");
    static_assert(can_be_copied, "sluice: map_values: the function cannot be copied, but every partition has its own: "
                                 "capture a std::shared_ptr instead of a std::unique_ptr");
    if constexpr (can_be_called && can_be_copied) {
      using out = std::pair<key, result_of<F, const value&>>;
      auto on_pair = [f](const T& x) mutable { return out(x.first, std::invoke(f, x.second)); };
      if constexpr (check_record<out>() && sound_record<out>)
        return self().template fuse_each<out>("map_values", [on_pair](const operator_context& context) {
          return std::make_unique<map_operator<T, out, decltype(on_pair)>>(context, on_pair);
        });
    }
  }

  /// The key of each pair.
  ///
  ///     pairs.keys().print();
  dstream<key> keys() const {
    return self().map([](const T& x) { return x.first; });
  }

  /// The value of each pair.
  ///
  ///     auto total = pairs.values().reduce(std::plus<>{});
  dstream<value> values() const {
    return self().map([](const T& x) { return x.second; });
  }

  /// (value, key) of each pair, to sort or join by the values.
  ///
  ///     auto most_frequent = counts.swap().top(10);
  dstream<std::pair<value, key>> swap() const {
    return self().map([](const T& x) { return std::pair<value, key>(x.second, x.first); });
  }

  /// (key, x) for every x of the range f(value), for each (key, value).
  ///
  ///     auto digits = pairs.flat_map_values([](int n) { return std::vector{n / 10, n % 10}; });
  template <class F>
  auto flat_map_values(F f) const {
    constexpr bool can_be_called = std::is_invocable_v<F&, const value&>;
    static_assert(can_be_called, "sluice: flat_map_values: the function cannot be called with the values");
    if constexpr (can_be_called) {
      using range = result_of<F, const value&>;
      constexpr bool is_range = std::ranges::input_range<range>;
      static_assert(is_range, "sluice: flat_map_values: the function does not return a range");
      if constexpr (is_range) {
        using out = std::pair<key, std::ranges::range_value_t<range>>;
        return self().template flat_map<out>([f](const T& x, auto& emit) mutable {
          for (auto&& each : std::invoke(f, x.second))
            emit(out(x.first, std::forward<decltype(each)>(each)));
        });
      }
    }
  }

  /// The same pairs, with each key on one partition.
  ///
  ///     auto placed = pairs.partition_by(8);
  template <class By = hash_partitioner>
  dstream<T> partition_by(const By& by = {}) const {
    const auto how = to_partitioner<key>(by);
    auto node = self().keyed_child("partition_by", how);
    node.factory.make = [](const operator_context& context) { return std::make_unique<identity_operator<T>>(context); };
    node.factory.make_sender = make_key_sender<T>(how);
    return add_node<T>(self().scope(), std::move(node));
  }

  /// (key, all its values in this batch). Between partitions the values have no order.
  ///
  ///     auto groups = pairs.group_by_key();   // of (std::string_view, std::vector<int>)
  template <class By = hash_partitioner>
  auto group_by_key(const By& by = {}) const {
    const auto how = to_partitioner<key>(by);
    auto node = self().keyed_child("group_by_key", how);
    node.factory.make = [](const operator_context& context) {
      return std::make_unique<group_operator<key, value>>(context);
    };
    node.factory.make_sender = make_key_sender<T>(how);
    return add_node<std::pair<key, std::vector<value>>>(self().scope(), std::move(node));
  }

  /// (key, combiner). `create(value)` makes a combiner of a key's first value in a partition, `merge_value(combiner,
  /// value)` adds each further value, and `merge_combiners(a, b)` joins the combiners of two partitions. Combiners are
  /// records of the type that `create` returns.
  ///
  ///     auto means = prices.combine_by_key(&sluice::mean::of,
  ///                                        [](const sluice::mean& m, double x) { return m + sluice::mean::of(x); },
  ///                                        std::plus<>{});
  template <class Create, class MergeValue, class MergeCombiners, class By = hash_partitioner>
  auto combine_by_key(Create create, MergeValue merge_value, MergeCombiners merge_combiners, const By& by = {}) const {
    static_assert(std::invocable<Create&, const value&>,
                  "sluice: combine_by_key: the first function cannot be called with the values");
    using combiner = result_of<Create, const value&>;
    static_assert(std::is_invocable_r_v<combiner, MergeValue&, const combiner&, const value&>,
                  "sluice: combine_by_key: the second function cannot be called as combiner f(combiner, value)");
    static_assert(std::is_invocable_r_v<combiner, MergeCombiners&, const combiner&, const combiner&>,
                  "sluice: combine_by_key: the third function cannot be called as combiner f(combiner, combiner)");
    auto how = to_partitioner<key>(by);
    auto node = self().keyed_child("combine_by_key", how);
    node.factory.make = [merge_combiners](const operator_context& context) {
      return std::make_unique<reduce_operator<key, combiner, MergeCombiners>>(context, merge_combiners);
    };
    node.factory.make_sender = [create, merge_value, how](const sender_context& context) {
      using sender = combine_sender<key, value, combiner, Create, MergeValue, decltype(how)>;
      return std::make_unique<sender>(context, create, merge_value, how);
    };
    return add_node<std::pair<key, combiner>>(self().scope(), std::move(node));
  }

  /// (key, (all values here, all values there)) for every key of either stream.
  ///
  ///     auto grouped = pairs.cogroup(prices);
  template <pair_record Other, class By = hash_partitioner>
  auto cogroup(const dstream<Other>& other, const By& by = {}) const {
    return meet<emit_groups<key, value, typename Other::second_type>>("cogroup", other, to_partitioner<key>(by));
  }

  /// (key, (here, there)) for every two values with the same key in the same batch.
  ///
  ///     auto matches = pairs.join(prices);   // of (std::string_view, (int, double))
  template <pair_record Other, class By = hash_partitioner>
  auto join(const dstream<Other>& other, const By& by = {}) const {
    return join_as<join_kind::inner>("join", other, by);
  }

  /// As join, and (key, (here, none)) for values whose key is not there.
  ///
  ///     auto with_price = pairs.left_outer_join(prices);   // of (std::string_view, (int, std::optional<double>))
  template <pair_record Other, class By = hash_partitioner>
  auto left_outer_join(const dstream<Other>& other, const By& by = {}) const {
    return join_as<join_kind::left_outer>("left_outer_join", other, by);
  }

  /// As join, and (key, (none, there)) for values whose key is not here.
  ///
  ///     auto with_count = pairs.right_outer_join(prices);   // of (std::string_view, (std::optional<int>, double))
  template <pair_record Other, class By = hash_partitioner>
  auto right_outer_join(const dstream<Other>& other, const By& by = {}) const {
    return join_as<join_kind::right_outer>("right_outer_join", other, by);
  }

  /// As join, and the values of either side whose key is not on the other.
  ///
  ///     auto all = pairs.full_outer_join(prices);
  template <pair_record Other, class By = hash_partitioner>
  auto full_outer_join(const dstream<Other>& other, const By& by = {}) const {
    return join_as<join_kind::full_outer>("full_outer_join", other, by);
  }

  /// One pair per key: its values, reduced with f. f must be associative and commutative and return the type it takes.
  ///
  ///     auto totals = pairs.reduce_by_key(std::plus<>{});
  template <class F, class By = hash_partitioner>
  dstream<T> reduce_by_key(F f, const By& by = {}) const {
    constexpr bool fits = std::is_invocable_r_v<value, F&, const value&, const value&>;
    constexpr bool cuts_off = cuts_fraction_off<value, F>;
    static_assert(fits, "sluice: reduce_by_key: the function cannot be called as value f(value, value)");
    static_assert(!cuts_off, "sluice: reduce_by_key: the function returns a floating-point number, but the values are "
                             "integers: make them double with map_values");
    if constexpr (fits && !cuts_off) {
      auto how = to_partitioner<key>(by);
      auto node = self().keyed_child("reduce_by_key", how);
      node.factory.make = [f](const operator_context& context) {
        return std::make_unique<reduce_operator<key, value, F>>(context, f);
      };
      node.factory.make_sender = [f, how](const sender_context& context) {
        using sender = reduce_sender<key, value, F, decltype(how)>;
        return std::make_unique<sender>(context, std::identity{}, f, how);
      };
      return add_node<T>(self().scope(), std::move(node));
    } else {
      return self();
    }
  }

private:
  const dstream<T>& self() const { return static_cast<const dstream<T>&>(*this); }

  /// Adds an operator that brings the pairs of two streams together by key.
  template <class Emission, class Other, class By>
  auto meet(std::string kind, const dstream<Other>& other, const By& by) const {
    using theirs = typename Other::second_type;
    using their_key = typename Other::first_type;
    constexpr bool same_keys = std::same_as<key, their_key>;
    constexpr bool owned_and_view = !same_keys && std::same_as<owned_t<key>, owned_t<their_key>>;
    static_assert(!owned_and_view, "sluice: join: the streams have different key types, of which one owns its text and "
                                   "the other is a view: give both std::string as the key, with map");
    static_assert(same_keys || owned_and_view, "sluice: join: the streams have different key types");
    if constexpr (same_keys) {
      auto node = self().keyed_child(std::move(kind), by);
      self().add_parent(node, other);
      node.factory.make = [](const operator_context& context) {
        return std::make_unique<cogroup_operator<key, value, theirs, Emission>>(context);
      };
      node.factory.make_sender = [by](const sender_context& context) -> std::unique_ptr<stage_operator> {
        if (context.port == parent_index{0})
          return std::make_unique<hash_sender<T, By>>(context, by);
        return std::make_unique<hash_sender<Other, By>>(context, by);
      };
      return add_node<typename Emission::out>(self().scope(), std::move(node));
    }
  }

  template <join_kind kind, class Other, class By>
  auto join_as(std::string name, const dstream<Other>& other, const By& by) const {
    using emission = emit_pairs<kind, key, value, typename Other::second_type>;
    return meet<emission>(std::move(name), other, to_partitioner<key>(by));
  }
};

} // namespace sluice::detail
