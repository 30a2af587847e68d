// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <sluice/operators/keyed/combine_sender.hpp>
#include <sluice/operators/keyed/group_by_key.hpp>
#include <sluice/operators/keyed/reduce_by_key.hpp>
#include <sluice/operators/shuffle/router.hpp>
#include <sluice/operators/stream/composition_scope.hpp>
#include <sluice/operators/window/inverse_windows.hpp>
#include <sluice/operators/window/keyed_window.hpp>
#include <sluice/operators/window/stacked_windows.hpp>
#include <sluice/operators/window/window.hpp>

namespace sluice::detail {

/// The windows of a stream of pairs. `by` is as for pair_operations.
template <class T>
class keyed_window_operations {};

/// The operations on the batches of some time. At t, a window holds the batches in (t - length, t]; the first windows
/// are partial. `slide` is the time between two windows; without it there is one per batch of this stream. Both must be
/// multiples of this stream's slide, or usage_error is thrown. If the slide is longer than the length, some batches are
/// in no window. The content of a window is state: with a checkpoint directory it survives the process.
template <class T>
class window_operations : public keyed_window_operations<T> {
public:
  /// The records of a window.
  ///
  ///     auto last_ten_seconds = words.window(10s, 2s);
  dstream<T> window(duration length, std::optional<duration> slide = {}) const {
    const auto span = self().checked_span(length, slide);
    auto node = self().child("window(" + to_string(length) + ")", edge_kind::fused);
    node.slide = span.slide;
    node.state_schema = "window of " + codec<T>::schema();
    node.factory.make = [span](const operator_context& context) {
      return std::make_unique<window_operator<T>>(context, span);
    };
    return add_node<T>(self().scope(), std::move(node));
  }

  /// All records of a window, reduced to one with f, which must be associative and commutative. Nothing for an empty
  /// window. The cost of a slide depends on the records that enter and leave, not on the length.
  ///
  ///     auto largest = numbers.reduce_by_window([](int a, int b) { return std::max(a, b); }, 60s, 1s);
  template <class F>
  dstream<T> reduce_by_window(F f, duration length, std::optional<duration> slide = {}) const {
    return self()
        .map([](const T& x) { return std::pair{true, x}; })
        .reduce_by_key_and_window(std::move(f), length, slide, 1)
        .map([](const auto& x) { return x.second; });
  }

  /// The same with `inverse(total, leaving)`, which takes away what `f` has added: f(inverse(total, a), a) == total.
  /// Once there have been records, every window has a result, also an empty one.
  ///
  ///     auto sums = numbers.reduce_by_window(std::plus<>{}, std::minus<>{}, 60s, 1s);
  template <class F, class Inverse>
    requires(!std::convertible_to<Inverse, duration>)
  dstream<T> reduce_by_window(F f, Inverse inverse, duration length, std::optional<duration> slide = {}) const {
    return self()
        .map([](const T& x) { return std::pair{true, x}; })
        .reduce_by_key_and_window(std::move(f), std::move(inverse), length, slide, 1)
        .map([](const auto& x) { return x.second; });
  }

  /// The number of records of a window: one number per window. It is 0 for an empty window once there have been
  /// records.
  ///
  ///     auto per_minute = words.count_by_window(60s, 1s);
  auto count_by_window(duration length, std::optional<duration> slide = {}) const {
    return self()
        .map([](const T&) { return std::int64_t{1}; })
        .reduce_by_window(std::plus<>{}, std::minus<>{}, length, slide);
  }

  /// (value, number of its records) for every value in a window.
  ///
  ///     auto occurrences = words.count_by_value_and_window(60s, 1s);
  auto count_by_value_and_window(duration length, std::optional<duration> slide = {},
                                 std::optional<std::uint32_t> partitions = {}) const {
    return self()
        .map([](const T& x) { return std::pair{x, std::int64_t{1}}; })
        .reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, length, slide, partitions,
                                  [](const auto& x) { return x.second != 0; });
  }

private:
  const dstream<T>& self() const { return static_cast<const dstream<T>&>(*this); }
};

template <pair_record T>
class keyed_window_operations<T> {
  using key = typename T::first_type;
  using value = typename T::second_type;

public:
  /// One pair per key in a window: its values, reduced with f, which must be associative and commutative.
  ///
  ///     auto largest = prices.reduce_by_key_and_window([](double a, double b) { return std::max(a, b); }, 60s, 1s);
  template <class F, class By = hash_partitioner>
  dstream<T> reduce_by_key_and_window(F f, duration length, std::optional<duration> slide = {},
                                      const By& by = {}) const {
    const auto make_windows = [f](const operator_context& context) {
      return stacked_windows<key, value, F>{f, context.label};
    };
    return reduce_window(f, make_windows, length, slide, to_partitioner<key>(by));
  }

  /// The same with `inverse(total, leaving)`, which takes away what `f` has added. A window emits no pair that
  /// `filter(pair)` rejects. A key whose values have all left stays with the remainder of the inverse function until
  /// the filter rejects it; with `drop_dead_keys{}` as the filter it leaves with its last value. Unlike in Spark, a
  /// rejected key whose values are still in the window is not forgotten: its total goes on, and may be accepted later.
  ///
  ///     auto sums = pairs.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, 60s, 1s, 8,
  ///                                                sluice::drop_dead_keys{});
  template <class F, class Inverse, class By = hash_partitioner, class Filter = keep_every_key>
    requires(!std::convertible_to<Inverse, duration>)
  dstream<T> reduce_by_key_and_window(F f, Inverse inverse, duration length, std::optional<duration> slide = {},
                                      const By& by = {}, Filter filter = {}) const {
    static_assert(std::is_invocable_r_v<value, Inverse&, const value&, const value&>,
                  "sluice: reduce_by_key_and_window: the inverse function cannot be called as value f(value, value)");
    static_assert(key_filter<Filter, T>,
                  "sluice: reduce_by_key_and_window: the filter cannot be called as bool f(pair), nor is it "
                  "drop_dead_keys");
    const auto make_windows = [=](const operator_context& context) {
      return inverse_windows<key, value, F, Inverse, Filter>{f, inverse, filter, context.label};
    };
    return reduce_window(f, make_windows, length, slide, to_partitioner<key>(by));
  }

  /// (key, all its values in a window). The values cross the shuffle once.
  ///
  ///     auto groups = pairs.group_by_key_and_window(10s);
  template <class By = hash_partitioner>
  auto group_by_key_and_window(duration length, std::optional<duration> slide = {}, const By& by = {}) const {
    using groups = std::pair<key, std::vector<value>>;
    const auto windows = self().partition_by(by).window(length, slide);
    return windows.template fuse<groups>("group_by_key", [](const operator_context& context) {
      return std::make_unique<group_operator<key, value>>(context);
    });
  }

private:
  const dstream<T>& self() const { return static_cast<const dstream<T>&>(*this); }

  template <class F, class MakeWindows, class By>
  dstream<T> reduce_window(F f, MakeWindows make_windows, duration length, std::optional<duration> slide,
                           const By& by) const {
    constexpr bool fits = std::is_invocable_r_v<value, F&, const value&, const value&>;
    static_assert(fits, "sluice: reduce_by_key_and_window: the function cannot be called as value f(value, value)");
    constexpr bool cuts_off = cuts_fraction_off<value, F>;
    static_assert(!cuts_off, "sluice: reduce_by_key_and_window: the function returns a floating-point number, but the "
                             "values are integers: make them double with map_values");
    if constexpr (!fits || cuts_off) {
      return self();
    } else {
      const auto span = self().checked_span(length, slide);
      auto node = self().keyed_child("reduce_by_key_and_window(" + to_string(length) + ")", by);
      node.slide = span.slide;
      node.state_schema = "window of " + codec<T>::schema();
      node.factory.make = [make_windows, span](const operator_context& context) {
        using windows = decltype(make_windows(context));
        return std::make_unique<keyed_window_operator<key, value, windows>>(context, span, make_windows(context));
      };
      node.factory.make_sender = [f, by](const sender_context& context) {
        return std::make_unique<reduce_sender<key, value, F, By>>(context, std::identity{}, f, by);
      };
      return add_node<T>(self().scope(), std::move(node));
    }
  }
};

} // namespace sluice::detail
