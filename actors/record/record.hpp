// SPDX-License-Identifier: BSD-3-Clause
//
// What may be a record: numbers, enums, bool, text, bytes, durations and time points, pair, tuple, array, optional,
// variant, vector, sets and maps, and plain structs (seen through Boost.PFR). The traits here let the codec, the
// printer and the hash treat pairs, tuples, arrays and structs alike. Variants, sets, maps and times are known by their
// members, so that their headers are not needed here.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/pfr/core.hpp>

#include <sluice/actors/base/bytes.hpp>

namespace sluice {

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
inline constexpr bool is_tuple_like = false;
template <class... Ts>
inline constexpr bool is_tuple_like<std::tuple<Ts...>> = true;
template <class A, class B>
inline constexpr bool is_tuple_like<std::pair<A, B>> = true;

template <class T, std::size_t N>
inline constexpr bool is_tuple_like<std::array<T, N>> = true;

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;

template <class T>
inline constexpr bool is_variant = false;
template <template <class...> class V, class... Ts>
inline constexpr bool is_variant<V<Ts...>> = requires(const V<Ts...>& x) {
  x.index();
  x.valueless_by_exception();
};

template <class T>
concept is_duration = requires(const T& x) {
  typename T::period;
  { x.count() } -> std::same_as<typename T::rep>;
};

template <class T>
concept is_time_point = requires(const T& x) {
  typename T::clock;
  { x.time_since_epoch() } -> std::same_as<typename T::duration>;
};

/// A set or a map whose order depends on the process.
template <class T>
concept is_unordered = requires { typename T::hasher; };

} // namespace detail

template <class T>
concept number_record = (std::is_arithmetic_v<T> && !std::same_as<T, bool>) || std::is_enum_v<T>;

template <class T>
concept text_record = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

template <class T>
concept bytes_record = std::same_as<T, bytes> || std::same_as<T, bytes_view>;

template <class T>
concept list_record = detail::is_vector<T> && !bytes_record<T>;

template <class T>
concept optional_record = detail::is_optional<T>;

/// A std::chrono::duration or time_point: a number of ticks.
template <class T>
concept time_record = detail::is_duration<T> || detail::is_time_point<T>;

/// A std::variant.
template <class T>
concept variant_record = detail::is_variant<T>;

/// A set or a map, ordered or not.
template <class T>
concept set_record = requires(T x, const T& y, typename T::value_type element) {
  typename T::key_type;
  x.insert(x.end(), std::move(element));
  y.begin() != y.end();
  y.size();
};

/// Pair, tuple, array.
template <class T>
concept tuple_record = detail::is_tuple_like<T>;

/// A plain struct: an aggregate of records, with no base, no constructor and no private member.
template <class T>
concept struct_record = std::is_aggregate_v<T> && std::is_class_v<T> && !tuple_record<T>;

/// A pair, a tuple, an array or a plain struct: something with fields.
template <class T>
concept composite_record = tuple_record<T> || struct_record<T>;

/// Anything that can travel in a `dstream`. The concept looks at the outermost type only; `detail::check_record` looks
/// at all of it and says in words what is wrong.
template <class T>
concept record = number_record<T> || std::same_as<T, bool> || text_record<T> || bytes_record<T> || list_record<T>
                 || optional_record<T> || composite_record<T> || time_record<T> || variant_record<T> || set_record<T>;

/// A key and a value.
template <class T>
concept pair_record = requires {
  typename T::first_type;
  typename T::second_type;
} && std::same_as<T, std::pair<typename T::first_type, typename T::second_type>>;

namespace detail {

template <composite_record T>
constexpr std::size_t field_count() {
  if constexpr (tuple_record<T>)
    return std::tuple_size_v<T>;
  else
    return boost::pfr::tuple_size_v<T>;
}

template <std::size_t I, composite_record T>
constexpr const auto& field(const T& x) {
  if constexpr (tuple_record<T>)
    return std::get<I>(x);
  else
    return boost::pfr::get<I>(x);
}

template <composite_record T, std::size_t I>
using field_t = std::remove_cvref_t<decltype(field<I>(std::declval<const T&>()))>;

/// Calls `f(std::integral_constant<std::size_t, I>)` for each field of T, in order.
template <composite_record T, class F>
constexpr void for_each_field(F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(std::integral_constant<std::size_t, I>{}), ...);
  }(std::make_index_sequence<field_count<T>()>{});
}

/// How many ticks a duration or a time point has.
template <time_record T>
constexpr typename T::rep ticks(const T& x) {
  if constexpr (is_duration<T>)
    return x.count();
  else
    return x.time_since_epoch().count();
}

template <time_record T>
constexpr T from_ticks(typename T::rep n) {
  if constexpr (is_duration<T>)
    return T{n};
  else
    return T{typename T::duration{n}};
}

template <class T>
struct alternatives;
template <template <class...> class V, class... Ts>
struct alternatives<V<Ts...>> {
  static constexpr std::size_t count = sizeof...(Ts);
  template <std::size_t I>
  using at = std::tuple_element_t<I, std::tuple<Ts...>>;
};

template <variant_record T, std::size_t I>
using alternative_t = typename alternatives<T>::template at<I>;

/// An alternative that says only which one it is, like std::monostate.
template <class T>
concept empty_alternative = std::is_empty_v<T> && std::is_aggregate_v<T>;

/// Calls `f(std::integral_constant<std::size_t, I>)` for each alternative of T, in order.
template <variant_record T, class F>
constexpr void for_each_alternative(F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(std::integral_constant<std::size_t, I>{}), ...);
  }(std::make_index_sequence<alternatives<T>::count>{});
}

/// Calls `f(std::integral_constant<std::size_t, I>)` for the alternative that `x` holds, if it holds one.
template <variant_record T, class F>
constexpr void with_alternative(const T& x, F&& f) {
  for_each_alternative<T>([&](auto i) {
    if (x.index() == i)
      f(i);
  });
}

/// The alternative number I. Throws std::bad_variant_access if `x` holds another one.
template <std::size_t I, variant_record T>
constexpr const auto& alternative(const T& x) {
  return get<I>(x);
}

/// What is put into a set or a map: the key of a map's element is not const yet.
template <class T>
struct unlocked {
  using type = T;
};
template <class K, class V>
struct unlocked<std::pair<const K, V>> {
  using type = std::pair<K, V>;
};
template <class T>
using element_t = typename unlocked<typename T::value_type>::type;

} // namespace detail

} // namespace sluice

#include <sluice/actors/record/record_check.hpp>
