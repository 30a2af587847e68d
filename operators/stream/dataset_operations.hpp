// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/record/record_order.hpp>
#include <sluice/operators/dataset/transform.hpp>
#include <sluice/operators/record/identity.hpp>
#include <sluice/operators/record/partitionwise.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stream/composition_scope.hpp>

namespace sluice::detail {

/// A container of records that algorithms may sort: elements of a std::vector<bool> have no references.
template <class T>
using sortable = std::conditional_t<std::same_as<T, bool>, std::deque<T>, std::vector<T>>;

/// The operations of a stream on its datasets as a whole, or on whole partitions of them.
template <class T>
class dataset_operations {
public:
  /// The rdd that f(rdd) or f(rdd, time) returns, once per batch. f is called on the driver, so it may use the
  /// variables of the program, and they may change from batch to batch. The whole dataset comes to the driver, and the
  /// result goes on from one partition.
  ///
  ///     auto distinct = words.transform([](const auto& batch) { return batch.distinct(); });
  template <class F>
  auto transform(F f) const {
    constexpr bool fits = takes_datasets<F, rdd<T>>;
    static_assert(fits, "sluice: transform: the function cannot be called as f(rdd) or f(rdd, time)");
    if constexpr (fits) {
      using out = transformed<F, rdd<T>>;
      auto node = on_driver("transform");
      node.factory.make = [f](const operator_context& context) {
        return std::make_unique<transform_operator<out, F, T>>(context, f);
      };
      node.factory.make_sender = [](const sender_context& context) {
        return std::make_unique<forward_sender<T>>(context);
      };
      return add_node<out>(self().scope(), std::move(node));
    }
  }

  /// The same for the datasets of two streams: f(rdd, other) or f(rdd, other, time).
  ///
  ///     auto joined = pairs.transform_with(prices, [](const auto& a, const auto& b) { return a.join(b); });
  template <record Other, class F>
  auto transform_with(const dstream<Other>& other, F f) const {
    static_assert(takes_datasets<F, rdd<T>, rdd<Other>>,
                  "sluice: transform_with: the function cannot be called as f(rdd, other) or f(rdd, other, time)");
    using out = transformed<F, rdd<T>, rdd<Other>>;
    auto node = on_driver("transform_with");
    self().add_parent(node, other);
    node.factory.make = [f](const operator_context& context) {
      return std::make_unique<transform_operator<out, F, T, Other>>(context, f);
    };
    node.factory.make_sender = [](const sender_context& context) -> std::unique_ptr<stage_operator> {
      if (context.port == parent_index{0})
        return std::make_unique<forward_sender<T>>(context);
      return std::make_unique<forward_sender<Other>>(context);
    };
    return add_node<out>(self().scope(), std::move(node));
  }

  /// The elements of the range f(std::span<const T>). f is called once per batch and partition, with all its records.
  ///
  ///     auto sizes = words.map_partitions([](auto records) { return std::vector{records.size()}; });
  template <class F>
  auto map_partitions(F f) const {
    static_assert(std::invocable<F&, std::span<const T>>,
                  "sluice: map_partitions: the function cannot be called with a span of this stream's records");
    return partitionwise("map_partitions",
                         [f](std::size_t, std::span<const T> records) mutable { return std::invoke(f, records); });
  }

  /// The same with the number of the partition: f(std::size_t, std::span<const T>).
  ///
  ///     auto sizes = words.map_partitions_with_index(
  ///         [](std::size_t i, auto records) { return std::vector{std::pair{i, records.size()}}; });
  template <class F>
  auto map_partitions_with_index(F f) const {
    static_assert(std::invocable<F&, std::size_t, std::span<const T>>,
                  "sluice: map_partitions_with_index: the function cannot be called with a number and a span of this "
                  "stream's records");
    return partitionwise("map_partitions_with_index", std::move(f));
  }

  /// One record per partition: all its records.
  ///
  ///     auto arrays = words.glom();   // of std::vector<std::string_view>
  dstream<std::vector<T>> glom() const {
    return partitionwise("glom", [](std::size_t, std::span<const T> records) {
      return std::array{std::vector<T>(records.begin(), records.end())};
    });
  }

  /// The same records, spread evenly over so many partitions.
  ///
  ///     auto spread = words.repartition(8);
  dstream<T> repartition(std::uint32_t partitions) const {
    auto node = self().child("repartition", edge_kind::rebalance);
    node.partitions = self().checked(partitions);
    node.factory.make = [](const operator_context& context) { return std::make_unique<identity_operator<T>>(context); };
    node.factory.make_sender = [](const sender_context& context) {
      return std::make_unique<rebalance_sender<T>>(context);
    };
    return add_node<T>(self().scope(), std::move(node));
  }

  /// The `n` largest records of each batch, largest first, on one partition. `less(a, b)` is true if a is smaller than
  /// b; by default records are compared field by field (see record_order). Each partition sends only its n largest.
  ///
  ///     counts.swap().top(10).print();   // the ten most frequent words
  template <class Less = record_order>
  dstream<T> top(std::size_t n, Less less = {}) const {
    static_assert(std::predicate<Less&, const T&, const T&>,
                  "sluice: top: the comparison cannot be called as bool less(record, record)");
    const auto largest = [n, less](std::size_t, std::span<const T> records) mutable {
      sortable<T> result(records.begin(), records.end());
      const auto end = result.begin() + static_cast<std::ptrdiff_t>(std::min(n, result.size()));
      std::ranges::partial_sort(result, end, [&](const T& a, const T& b) { return std::invoke(less, b, a); });
      result.erase(end, result.end());
      return result;
    };
    return partitionwise("top", largest).repartition(1).partitionwise("top", largest);
  }

  /// The records of each batch in ascending order of f(record); equal ones keep their order. The whole batch comes to
  /// one partition; `transform` with rdd::sort_by sorts several.
  ///
  ///     auto by_length = words.sort_by([](std::string_view w) { return w.size(); });
  template <class F>
  dstream<T> sort_by(F f) const {
    static_assert(std::invocable<F&, const T&>,
                  "sluice: sort_by: the function cannot be called with this stream's records");
    return repartition(1).partitionwise("sort_by", [f](std::size_t, std::span<const T> records) mutable {
      sortable<T> result(records.begin(), records.end());
      std::ranges::stable_sort(result, record_order{}, [&](const T& x) { return std::invoke(f, x); });
      return result;
    });
  }

private:
  const dstream<T>& self() const { return static_cast<const dstream<T>&>(*this); }

  topology_node on_driver(std::string kind) const {
    auto node = self().child(std::move(kind), edge_kind::forward);
    node.partitions = 1;
    node.on_driver = true;
    return node;
  }

  template <class F>
  auto partitionwise(std::string kind, F f) const {
    using range = std::invoke_result_t<F&, std::size_t, std::span<const T>>;
    constexpr bool is_range = std::ranges::input_range<range>;
    static_assert(is_range, "sluice: map_partitions: the function does not return a range");
    using out = std::ranges::range_value_t<range>;
    return self().template fuse<out>(std::move(kind), [f](const operator_context& context) {
      return std::make_unique<partitionwise_operator<T, out, F>>(context, f);
    });
  }
};

} // namespace sluice::detail
