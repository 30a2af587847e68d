// SPDX-License-Identifier: BSD-3-Clause
//
// What a dataset comes down to: records of it, or one value made of all.
#pragma once

#include <algorithm>
#include <string>

#include <sluice/actors/base/errors.hpp>
#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/dataset/rdd_content.hpp>

namespace sluice {

namespace detail {

/// A range that might be empty had a first, smallest, … record, or this is thrown.
[[noreturn]] inline void refuse_no_records(const std::string& what) {
  throw runtime_failure{what + " of a dataset without records; ask is_empty() before"};
}

/// Text, bytes, or a pair, optional, set, … of them, that belongs to somebody else. Does not look into structs, which
/// need not be records here.
template <class U>
constexpr bool is_view() {
  if constexpr (text_record<U> || bytes_record<U> || list_record<U> || optional_record<U> || tuple_record<U>
                || variant_record<U> || set_record<U>)
    return !owns_itself<U>;
  else
    return false;
}

} // namespace detail

template <record T>
std::vector<owned_t<T>> rdd<T>::collect() const {
  std::vector<owned_t<T>> result;
  result.reserve(count());
  for_each([&](const T& x) { result.push_back(to_owned(x)); });
  return result;
}

template <record T>
std::vector<owned_t<T>> rdd<T>::take(std::size_t n) const {
  std::vector<owned_t<T>> result;
  for (const auto& partition : *content_) {
    for (const auto& records : partition) {
      if (result.size() == n)
        return result;
      const auto reader = open(records);
      for (std::size_t i = 0; i < reader.size() && result.size() < n; ++i)
        result.push_back(to_owned<T>(reader[i]));
    }
  }
  return result;
}

template <record T>
owned_t<T> rdd<T>::first() const {
  auto found = take(1);
  if (found.empty())
    detail::refuse_no_records("first()");
  return std::move(found.front());
}

template <record T>
template <class Less>
std::vector<owned_t<T>> rdd<T>::top(std::size_t n, Less less) const {
  static_assert(std::predicate<Less&, const T&, const T&>,
                "sluice: rdd.top: the comparison cannot be called as bool less(record, record)");
  return take_ordered(n, [&less](const T& a, const T& b) { return std::invoke(less, b, a); });
}

template <record T>
template <class Less>
std::vector<owned_t<T>> rdd<T>::take_ordered(std::size_t n, Less less) const {
  static_assert(std::predicate<Less&, const T&, const T&>,
                "sluice: rdd.take_ordered: the comparison cannot be called as bool less(record, record)");
  struct slot {
    T record;
  };
  const auto before = [&less](const slot& a, const slot& b) { return std::invoke(less, a.record, b.record); };
  // A heap of the smallest so far with the largest of them in front.
  std::vector<slot> found;
  for_each([&](const T& x) {
    if (found.size() < n) {
      found.push_back({x});
      std::ranges::push_heap(found, before);
    } else if (n != 0 && std::invoke(less, x, std::as_const(found.front().record))) {
      std::ranges::pop_heap(found, before);
      found.back() = {x};
      std::ranges::push_heap(found, before);
    }
  });
  std::ranges::sort_heap(found, before);
  std::vector<owned_t<T>> result;
  result.reserve(found.size());
  for (const auto& each : found)
    result.push_back(to_owned(each.record));
  return result;
}

template <record T>
template <class Less>
owned_t<T> rdd<T>::min(Less less) const {
  static_assert(std::predicate<Less&, const T&, const T&>,
                "sluice: rdd.min: the comparison cannot be called as bool less(record, record)");
  std::optional<T> found;
  for_each([&](const T& x) {
    if (!found || std::invoke(less, x, std::as_const(*found)))
      found.emplace(x);
  });
  if (!found)
    detail::refuse_no_records("min()");
  return to_owned(*found);
}

template <record T>
template <class Less>
owned_t<T> rdd<T>::max(Less less) const {
  static_assert(std::predicate<Less&, const T&, const T&>,
                "sluice: rdd.max: the comparison cannot be called as bool less(record, record)");
  std::optional<T> found;
  for_each([&](const T& x) {
    if (!found || std::invoke(less, std::as_const(*found), x))
      found.emplace(x);
  });
  if (!found)
    detail::refuse_no_records("max()");
  return to_owned(*found);
}

template <record T>
auto rdd<T>::sum() const
  requires std::is_arithmetic_v<T>
{
  if constexpr (std::is_floating_point_v<T>) {
    double result = 0;
    for_each([&](T x) { result += x; });
    return result;
  } else {
    using number = std::conditional_t<std::is_signed_v<T> || std::same_as<T, bool>, std::int64_t, std::uint64_t>;
    std::uint64_t result = 0; // an overflow of which is defined
    for_each([&](T x) { result += static_cast<std::uint64_t>(x); });
    return static_cast<number>(result);
  }
}

template <record T>
template <class F>
owned_t<T> rdd<T>::reduce(F f) const {
  static_assert(std::is_invocable_r_v<T, F&, const T&, const T&>,
                "sluice: rdd.reduce: the function cannot be called as record f(record, record)");
  std::optional<owned_t<T>> result;
  for_each([&](const T& x) {
    if (result)
      result.emplace(detail::own<T>(std::invoke(f, to_view<T>(std::as_const(*result)), x)));
    else
      result.emplace(to_owned(x));
  });
  if (!result)
    detail::refuse_no_records("reduce(f)");
  return std::move(*result);
}

template <record T>
template <class F>
owned_t<T> rdd<T>::fold(owned_t<T> zero, F f) const {
  static_assert(std::is_invocable_r_v<T, F&, const T&, const T&>,
                "sluice: rdd.fold: the function cannot be called as record f(record, record)");
  const auto add = [&f](owned_t<T>& sum, const T& x) {
    sum = detail::own<T>(std::invoke(f, to_view<T>(std::as_const(sum)), x));
  };
  auto result = zero;
  for (const auto& partition : *content_) {
    auto sum = zero;
    visit(partition, [&](const T& x) { add(sum, x); });
    add(result, to_view<T>(sum));
  }
  return result;
}

template <record T>
template <class U, class Seq, class Comb>
U rdd<T>::aggregate(U zero, Seq seq, Comb comb) const {
  static_assert(std::is_invocable_r_v<U, Seq&, U, const T&>,
                "sluice: rdd.aggregate: the first function cannot be called as U f(U, record), with U as in zero");
  static_assert(std::is_invocable_r_v<U, Comb&, U, U>,
                "sluice: rdd.aggregate: the second function cannot be called as U f(U, U), with U as in zero");
  static_assert(!detail::is_view<U>(), "sluice: rdd.aggregate: the result outlives the records, so it must own its "
                                       "content: std::string, not std::string_view");
  auto result = zero;
  for (const auto& partition : *content_) {
    auto sum = zero;
    // U(…), because what the function returns may be a reference to what it was given.
    visit(partition, [&](const T& x) { sum = U(std::invoke(seq, std::move(sum), x)); });
    result = U(std::invoke(comb, std::move(result), std::move(sum)));
  }
  return result;
}

} // namespace sluice
