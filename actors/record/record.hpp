// SPDX-License-Identifier: BSD-3-Clause
//
// What may be a record: numbers, enums, bool, text, bytes, pair, tuple, optional, vector, and plain structs (seen
// through Boost.PFR). The traits here let the codec, the printer and the hash treat pairs, tuples and structs alike.
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

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;

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
concept struct_record = std::is_aggregate_v<T> && std::is_class_v<T> && !tuple_record<T> && !detail::is_std_array<T>;

/// A pair or a plain struct or a tuple: something with fields.
template <class T>
concept composite_record = tuple_record<T> || struct_record<T>;

/// Anything that can travel in a `dstream`. The concept looks at the outermost type only; `detail::check_record` looks
/// at all of it and says in words what is wrong.
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

/// Only a fixed underlying type allows every number: reading any other from bytes of outside is undefined.
template <class T>
constexpr bool is_open_enum() {
  if constexpr (std::is_enum_v<T>)
    return !requires { T{std::underlying_type_t<T>{}}; };
  else
    return false;
}

template <class T>
inline constexpr bool has_reference = false;
template <class... Ts>
inline constexpr bool has_reference<std::tuple<Ts...>> = (std::is_reference_v<Ts> || ...);
template <class A, class B>
inline constexpr bool has_reference<std::pair<A, B>> = std::is_reference_v<A> || std::is_reference_v<B>;

/// Stops the compiler with a sentence if T, or a part of it, cannot be a record. For `static_assert(check_record<T>())`
/// where a user's type comes in; `Outer` are the structs around T. (Fields that are C arrays, and structs with a base,
/// are Boost.PFR's to complain about.)
template <class T, class... Outer>
constexpr bool check_record() {
  if constexpr (number_record<T>) {
    static_assert(sizeof(T) <= 8, "sluice: a record's number has at most 8 bytes: use double instead of long double");
    static_assert(!is_open_enum<T>(), "sluice: an enum in a record needs an underlying type, as in `enum color : int`");
  } else if constexpr (list_record<T>) {
    check_record<typename T::value_type, Outer...>();
  } else if constexpr (optional_record<T>) {
    static_assert(std::default_initializable<typename T::value_type>,
                  "sluice: the value of an optional in a record must be default constructible");
    check_record<typename T::value_type, Outer...>();
  } else if constexpr ((std::same_as<T, Outer> || ...)) {
    static_assert((!std::same_as<T, Outer> && ...),
                  "sluice: a record cannot contain itself: columns have a fixed depth");
  } else if constexpr (composite_record<T>) {
    static_assert(!has_reference<T>,
                  "sluice: a record cannot hold references: use values, or std::string_view for text");
    static_assert(field_count<T>() != 0, "sluice: a struct or tuple without fields cannot be a record: use bool");
    for_each_field<T>([](auto i) { check_record<field_t<T, i>, T, Outer...>(); });
  } else if constexpr (!std::same_as<T, bool> && !text_record<T> && !bytes_record<T>) {
    constexpr bool pointer = std::is_pointer_v<std::decay_t<T>>;
    static_assert(!pointer, "sluice: a record cannot hold a pointer or C array: use std::string, std::string_view, "
                            "std::vector or std::optional");
    static_assert(!is_std_array<T>, "sluice: a record cannot hold a std::array: use std::vector or std::tuple");
    static_assert(pointer || is_std_array<T>,
                  "sluice: this type cannot be part of a record. A record is made of numbers, enums, bool, text "
                  "(std::string, std::string_view), bytes (std::vector<std::byte>, std::span<const std::byte>), "
                  "std::pair, std::tuple, std::optional, std::vector, and plain structs of these (no base, no "
                  "constructor, nothing private)");
  }
  return true;
}

} // namespace detail

} // namespace sluice
