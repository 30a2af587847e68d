// SPDX-License-Identifier: BSD-3-Clause
//
// What a dataset does with each record, or each partition, by itself.
#pragma once

#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/dataset/rdd_content.hpp>
#include <sluice/operators/dataset/rdd_writer.hpp>
#include <sluice/operators/stage/emitter.hpp>

namespace sluice {

namespace detail {

/// Where functions that take an emitter emit to.
template <record T>
class encoding_sink : public sink<T> {
public:
  explicit encoding_sink(partition_writer<T>& out) : out_{out} {}

  void push(std::span<const T> chunk) override {
    for (const auto& x : chunk)
      out_.append(x);
  }

private:
  partition_writer<T>& out_;
};

} // namespace detail

/// A dataset with as many partitions, of what `step(partition, out)` appends for each.
template <record T>
template <record Out, class Step>
rdd<Out> rdd<T>::transcribe(Step step) const {
  typename rdd<Out>::partitions content;
  content.reserve(num_partitions());
  detail::partition_writer<Out> out;
  for (const auto& partition : *content_) {
    step(partition, out);
    content.push_back(out.finish());
  }
  return rdd<Out>{std::move(content)};
}

template <record T>
template <class F>
auto rdd<T>::map(F f) const {
  static_assert(std::invocable<F&, const T&>,
                "sluice: rdd.map: the function cannot be called with this dataset's records");
  using out = detail::result_of<F, const T&>;
  static_assert(record<out>,
                "sluice: rdd.map: what the function returns cannot be a record (see actors/record/record.hpp)");
  return transcribe<out>([&f](const std::vector<batch>& partition, auto& to) {
    visit(partition, [&](const T& x) { to.append(std::invoke(f, x)); });
  });
}

template <record T>
template <class F>
auto rdd<T>::flat_map(F f) const {
  if constexpr (requires { typename F::emits; }) {
    return flat_map<typename F::emits>(std::move(f));
  } else {
    static_assert(
        std::invocable<F&, const T&>,
        "sluice: rdd.flat_map: the function cannot be called with this dataset's records; if it takes an emitter, "
        "say what it emits: flat_map<X>(f)");
    using range = detail::result_of<F, const T&>;
    static_assert(std::ranges::input_range<range>, "sluice: rdd.flat_map: the function does not return a range");
    using out = std::ranges::range_value_t<range>;
    static_assert(record<out>,
                  "sluice: rdd.flat_map: what is in the range cannot be a record (see actors/record/record.hpp)");
    return transcribe<out>([&f](const std::vector<batch>& partition, auto& to) {
      visit(partition, [&](const T& x) {
        for (auto&& result : std::invoke(f, x))
          to.append(static_cast<const out&>(result));
      });
    });
  }
}

template <record T>
template <record Out, class F>
rdd<Out> rdd<T>::flat_map(F f) const {
  static_assert(std::invocable<F&, const T&, emitter<Out>&>,
                "sluice: rdd.flat_map<X>: the function cannot be called as f(record, emit)");
  return transcribe<Out>([&f](const std::vector<batch>& partition, auto& to) {
    detail::encoding_sink<Out> target{to};
    any_sink* const consumer = &target;
    emitter<Out> emit{{&consumer, 1}};
    for (const auto& records : partition) {
      const auto err = for_each_chunk<T>(records, [&](std::span<const T> chunk) {
        for (const auto& x : chunk)
          std::invoke(f, x, emit);
        emit.flush(); // while there is what its views refer to
      });
      if (err)
        throw runtime_failure{describe(err)};
    }
  });
}

template <record T>
template <class F>
rdd<T> rdd<T>::filter(F f) const {
  static_assert(std::predicate<F&, const T&>, "sluice: rdd.filter: the function cannot be called with this dataset's "
                                              "records, or does not return a bool");
  return transcribe<T>([&f](const std::vector<batch>& partition, auto& to) {
    visit(partition, [&](const T& x) {
      if (std::invoke(f, x))
        to.append(x);
    });
  });
}

template <record T>
template <class F>
auto rdd<T>::map_partitions(F f) const {
  static_assert(std::invocable<F&, std::span<const T>>,
                "sluice: rdd.map_partitions: the function cannot be called as f(std::span<const T>)");
  return map_partitions_with_index(
      [&f](std::size_t, std::span<const T> records) -> decltype(auto) { return std::invoke(f, records); });
}

template <record T>
template <class F>
auto rdd<T>::map_partitions_with_index(F f) const {
  static_assert(
      std::invocable<F&, std::size_t, std::span<const T>>,
      "sluice: rdd.map_partitions_with_index: the function cannot be called as f(std::size_t, std::span<const T>)");
  using range = detail::result_of<F, std::size_t, std::span<const T>>;
  static_assert(std::ranges::input_range<range>, "sluice: rdd.map_partitions: the function does not return a range");
  using out = std::ranges::range_value_t<range>;
  static_assert(record<out>,
                "sluice: rdd.map_partitions: what is in the range cannot be a record (see actors/record/record.hpp)");
  return transcribe<out>([&f, index = std::size_t{0}](const std::vector<batch>& partition, auto& to) mutable {
    with_records({&partition, 1}, [&](std::span<const T> records) {
      for (auto&& result : std::invoke(f, index++, records))
        to.append(static_cast<const out&>(result));
    });
  });
}

template <record T>
rdd<std::vector<T>> rdd<T>::glom() const {
  return map_partitions([](std::span<const T> records) {
    std::vector<std::vector<T>> result;
    result.emplace_back(records.begin(), records.end());
    return result;
  });
}

template <record T>
rdd<std::pair<T, std::int64_t>> rdd<T>::zip_with_index() const {
  return map([next = std::int64_t{0}](const T& x) mutable { return std::pair<T, std::int64_t>(x, next++); });
}

template <record T>
rdd<T> rdd<T>::union_with(const rdd& other) const {
  auto content = *content_;
  content.insert(content.end(), other.content_->begin(), other.content_->end());
  return rdd{std::move(content)};
}

template <record T>
auto rdd<T>::keys() const
  requires pair_record<T>
{
  return map([](const T& x) -> const auto& { return x.first; });
}

template <record T>
auto rdd<T>::values() const
  requires pair_record<T>
{
  return map([](const T& x) -> const auto& { return x.second; });
}

template <record T>
template <class F>
  requires pair_record<T>
auto rdd<T>::map_values(F f) const {
  using value = typename T::second_type;
  static_assert(std::invocable<F&, const value&>,
                "sluice: rdd.map_values: the function cannot be called with the values");
  using result = detail::result_of<F, const value&>;
  static_assert(record<result>,
                "sluice: rdd.map_values: what the function returns cannot be a record (see actors/record/record.hpp)");
  return map([&f](const T& x) { return std::pair<typename T::first_type, result>(x.first, std::invoke(f, x.second)); });
}

template <record T>
template <class F>
  requires pair_record<T>
auto rdd<T>::flat_map_values(F f) const {
  using value = typename T::second_type;
  static_assert(std::invocable<F&, const value&>,
                "sluice: rdd.flat_map_values: the function cannot be called with the values");
  using range = detail::result_of<F, const value&>;
  static_assert(std::ranges::input_range<range>, "sluice: rdd.flat_map_values: the function does not return a range");
  using out = std::pair<typename T::first_type, std::ranges::range_value_t<range>>;
  return transcribe<out>([&f](const std::vector<batch>& partition, auto& to) {
    visit(partition, [&](const T& x) {
      for (auto&& result : std::invoke(f, x.second))
        to.append(out(x.first, std::forward<decltype(result)>(result)));
    });
  });
}

} // namespace sluice
