// SPDX-License-Identifier: BSD-3-Clause
//
// Why a type cannot be a record, in words. Included by record.hpp, at its end.
#pragma once

#include <sluice/actors/record/record.hpp>

namespace sluice::detail {

/// The most fields of a struct, elements of an array, and alternatives of a variant in a record.
inline constexpr std::size_t max_fields = 100;
inline constexpr std::size_t max_array_size = 256;
inline constexpr std::size_t max_alternatives = 100;

/// What can be wrong with a type itself, its parts aside.
enum class record_fault : unsigned char {
  none,
  large_number,
  open_enum,
  reference,
  pointer,
  smart_pointer,
  base_class,
  c_array_member,
  no_default,
  no_field,
  many_fields,
  large_array,
  many_alternatives,
  number_of_ticks,
  contains_itself,
  other_container,
  not_plain,
  not_a_record,
};

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

/// Becomes a base of T and nothing else.
template <class T>
struct base_of {
  template <class Base>
    requires(std::is_class_v<Base> && std::is_base_of_v<Base, T> && !std::same_as<Base, T>)
  operator Base() const;
};

/// Becomes anything.
template <std::size_t>
struct anything {
  template <class U>
  operator U&() const&;
  template <class U>
  operator U&() const&&;
};

/// Whether N values that start with field number `At` can be given as T{before…, {two of them}, the others…}.
template <class T, std::size_t... Before, std::size_t... After>
constexpr bool takes_two_at(std::index_sequence<Before...>, std::index_sequence<After...>) {
  return requires { T{anything<Before>{}..., {anything<0>{}, anything<1>{}}, anything<After>{}...}; };
}

/// Whether field I is the first element of a C array. Boost.PFR takes each element of such an array for a field; if
/// two of them are given in braces, fewer values may follow than after a struct in braces.
template <class T, std::size_t Count, std::size_t I>
constexpr bool begins_c_array() {
  using before = std::make_index_sequence<I>;
  if constexpr (takes_two_at<T>(before{}, std::make_index_sequence<0>{}))
    return !takes_two_at<T>(before{}, std::make_index_sequence<Count - I - 1>{});
  else
    return false;
}

template <class T>
constexpr bool has_c_array() {
  constexpr auto count = field_count<T>();
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return (begins_c_array<T, count, I>() || ...);
  }(std::make_index_sequence<count>{});
}

template <class T>
constexpr record_fault struct_fault() {
  if constexpr (requires { T{base_of<T>{}}; })
    return record_fault::base_class;
  else if constexpr (!requires { T{}; })
    return record_fault::reference;
  else if constexpr (field_count<T>() == 0)
    return record_fault::no_field;
  else if constexpr (field_count<T>() > max_fields)
    return record_fault::many_fields;
  else if constexpr (has_c_array<T>())
    return record_fault::c_array_member;
  else
    return record_fault::none;
}

template <class T>
constexpr record_fault other_fault() {
  if constexpr (std::is_pointer_v<std::decay_t<T>>)
    return record_fault::pointer;
  else if constexpr (std::is_reference_v<T>)
    return record_fault::reference;
  else if constexpr (requires(const T& x) {
                       typename T::element_type;
                       x.get();
                     })
    return record_fault::smart_pointer;
  else if constexpr (requires(const T& x) {
                       x.begin();
                       x.end();
                     })
    return record_fault::other_container;
  else if constexpr (std::is_class_v<T> && !std::is_aggregate_v<T>)
    return record_fault::not_plain;
  else
    return record_fault::not_a_record;
}

/// What is wrong with T itself; `Outer` are the types around it.
template <class T, class... Outer>
constexpr record_fault own_fault() {
  if constexpr ((std::same_as<T, Outer> || ...)) {
    return record_fault::contains_itself;
  } else if constexpr (number_record<T>) {
    return sizeof(T) > 8       ? record_fault::large_number
           : is_open_enum<T>() ? record_fault::open_enum
                               : record_fault::none;
  } else if constexpr (std::same_as<T, bool> || text_record<T> || bytes_record<T> || list_record<T>) {
    return record_fault::none;
  } else if constexpr (optional_record<T>) {
    return std::default_initializable<typename T::value_type> ? record_fault::none : record_fault::no_default;
  } else if constexpr (is_std_array<T>) {
    constexpr auto size = std::tuple_size_v<T>;
    return size == 0 ? record_fault::no_field : size > max_array_size ? record_fault::large_array : record_fault::none;
  } else if constexpr (tuple_record<T>) {
    return has_reference<T>                        ? record_fault::reference
           : std::tuple_size_v<T> == 0             ? record_fault::no_field
           : std::tuple_size_v<T> > max_array_size ? record_fault::many_fields
                                                   : record_fault::none;
  } else if constexpr (struct_record<T>) {
    return struct_fault<T>();
  } else if constexpr (time_record<T>) {
    return std::is_arithmetic_v<typename T::rep> && sizeof(typename T::rep) <= 8 ? record_fault::none
                                                                                 : record_fault::number_of_ticks;
  } else if constexpr (variant_record<T>) {
    bool good = true;
    for_each_alternative<T>([&](auto i) { good = good && std::default_initializable<alternative_t<T, i>>; });
    return !good                                       ? record_fault::no_default
           : alternatives<T>::count > max_alternatives ? record_fault::many_alternatives
                                                       : record_fault::none;
  } else if constexpr (set_record<T>) {
    return std::default_initializable<T> ? record_fault::none : record_fault::no_default;
  } else {
    return other_fault<T>();
  }
}

/// What is wrong, and with which part of a type.
template <class Part, record_fault Fault>
struct found_fault {
  static constexpr bool none = Fault == record_fault::none;
};

/// The first of two that is a fault.
template <class A, record_fault X, class B, record_fault Y>
constexpr auto operator+(found_fault<A, X> a, found_fault<B, Y> b) {
  if constexpr (X != record_fault::none)
    return a;
  else
    return b;
}

template <class T, class... Outer>
constexpr auto find_fault();
template <class T, class... Outer>
constexpr auto find_fault_of_alternative();

/// What has no parts and no fault: looked at first, for nearly all is made of these.
template <class T>
inline constexpr bool is_plain_part =
    (std::is_arithmetic_v<T> && sizeof(std::conditional_t<std::is_arithmetic_v<T>, T, char>) <= 8)
    || text_record<T> || bytes_record<T>;

template <class T, class... Outer, std::size_t... I>
constexpr auto find_fault_of_fields(std::index_sequence<I...>) {
  constexpr found_fault<void, record_fault::none> none;
  if constexpr ((is_plain_part<field_t<T, I>> && ...))
    return none;
  else
    return (none + ... + find_fault<field_t<T, I>, T, Outer...>());
}

template <class T, class... Outer, std::size_t... I>
constexpr auto find_fault_of_alternatives(std::index_sequence<I...>) {
  return (found_fault<void, record_fault::none>{} + ...
          + find_fault_of_alternative<alternative_t<T, I>, T, Outer...>());
}

/// The first fault in the parts of T, which is right itself.
template <class T, class... Outer>
constexpr auto find_fault_of_parts() {
  if constexpr (list_record<T> || set_record<T>)
    return find_fault<element_t<T>, T, Outer...>();
  else if constexpr (optional_record<T> || is_std_array<T>)
    return find_fault<typename T::value_type, T, Outer...>();
  else if constexpr (composite_record<T>)
    return find_fault_of_fields<T, Outer...>(std::make_index_sequence<field_count<T>()>{});
  else if constexpr (variant_record<T>)
    return find_fault_of_alternatives<T, Outer...>(std::make_index_sequence<alternatives<T>::count>{});
  else
    return found_fault<void, record_fault::none>{};
}

template <class T, class... Outer>
constexpr auto find_fault_of_alternative() {
  if constexpr (empty_alternative<T>)
    return found_fault<void, record_fault::none>{};
  else
    return find_fault<T, Outer...>();
}

template <class T, class... Outer>
constexpr auto find_fault() {
  if constexpr (is_plain_part<T>)
    return found_fault<void, record_fault::none>{};
  else if constexpr (constexpr auto fault = own_fault<T, Outer...>(); fault != record_fault::none)
    return found_fault<T, fault>{};
  else
    return find_fault_of_parts<T, Outer...>();
}

/// Whether T and all its parts can be parts of a record.
template <class T>
inline constexpr bool sound_record = decltype(find_fault<T>())::none;

template <record_fault A, record_fault B>
inline constexpr bool not_fault = A != B;

/// Says in words why T cannot be a record.
template <class T, class Found>
struct refused_record;
template <class T, class Part, record_fault Fault>
struct refused_record<T, found_fault<Part, Fault>> {
  using enum record_fault;
  static_assert(not_fault<Fault, large_number>,
                "sluice: a record's number has at most 8 bytes: use double instead of long double");
  static_assert(not_fault<Fault, open_enum>,
                "sluice: an enum in a record needs an underlying type, as in `enum color : int`");
  static_assert(not_fault<Fault, reference>,
                "sluice: a record cannot hold references, nor parts without a default constructor: use "
                "values, or std::string_view for text");
  static_assert(not_fault<Fault, pointer>,
                "sluice: a record cannot hold a pointer or C array: use std::string, std::string_view, "
                "std::array, std::vector or std::optional");
  static_assert(not_fault<Fault, smart_pointer>,
                "sluice: a record cannot hold a smart pointer: use the value itself, or "
                "std::optional of it");
  static_assert(not_fault<Fault, base_class>,
                "sluice: a struct with a base class cannot be a record: make the base its first field");
  static_assert(not_fault<Fault, c_array_member>, "sluice: a record cannot hold a C array: use std::array");
  static_assert(not_fault<Fault, no_default>,
                "sluice: what may be missing in a record, the value of an optional or an alternative of "
                "a variant, must be default constructible; so must sets and maps");
  static_assert(not_fault<Fault, no_field>,
                "sluice: a struct, tuple or array without fields cannot be a record: use bool");
  static_assert(not_fault<Fault, many_fields>,
                "sluice: a struct in a record has at most 100 fields, a tuple 256: put some of them "
                "into a struct that is a field");
  static_assert(not_fault<Fault, large_array>,
                "sluice: a std::array in a record has at most 256 elements, each a column: use "
                "std::vector");
  static_assert(not_fault<Fault, many_alternatives>, "sluice: a std::variant in a record has at most 100 alternatives");
  static_assert(not_fault<Fault, number_of_ticks>,
                "sluice: a duration in a record counts in a number of at most 8 bytes");
  static_assert(not_fault<Fault, contains_itself>,
                "sluice: a record cannot contain itself: columns have a fixed depth");
  static_assert(not_fault<Fault, other_container>,
                "sluice: this container cannot be part of a record: use std::vector, std::array, or "
                "a set or map of the standard library");
  static_assert(not_fault<Fault, not_plain>,
                "sluice: this class cannot be part of a record: it has a constructor, a private member or "
                "a virtual function; use a plain struct with public fields");
  static_assert(not_fault<Fault, not_a_record>,
                "sluice: this type cannot be part of a record. A record is made of numbers, enums, bool, text "
                "(std::string, std::string_view), bytes (std::vector<std::byte>, std::span<const std::byte>), "
                "durations and time points, std::pair, std::tuple, std::array, std::optional, std::variant, "
                "std::vector, sets, maps, and plain structs of these");
  static constexpr bool said = true;
};

/// Stops the compiler with a sentence if T, or a part of it, cannot be a record. For `static_assert(check_record<T>())`
/// where a user's type comes in.
template <class T>
constexpr bool check_record() {
  if constexpr (sound_record<T>)
    return true;
  else
    return refused_record<T, decltype(find_fault<T>())>::said;
}

} // namespace sluice::detail
