// SPDX-License-Identifier: BSD-3-Clause
//
// What may be a record: numbers, enums, bool, text, bytes, pair, tuple, optional, vector, and plain structs (seen
// through Boost.PFR). The traits here let the codec, the printer and the hash treat pairs, tuples and structs alike.
#pragma once

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

namespace sluice {

using bytes = std::vector<std::byte>;          ///< an owned blob
using bytes_view = std::span<const std::byte>; ///< a blob inside a batch; lives as long as the batch

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

template <class T>
concept tuple_record = detail::is_tuple_like<T>;

/// A plain struct: an aggregate of records, with no base, no constructor and no private member.
template <class T>
concept struct_record = std::is_aggregate_v<T> && std::is_class_v<T> && !tuple_record<T>;

/// A pair or a plain struct or a tuple: something with fields.
template <class T>
concept composite_record = tuple_record<T> || struct_record<T>;

/// Anything that can travel in a `dstream`.
template <class T>
concept record = number_record<T> || std::same_as<T, bool> || text_record<T> || bytes_record<T> || list_record<T>
                 || optional_record<T> || composite_record<T>;

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

} // namespace detail

} // namespace sluice
