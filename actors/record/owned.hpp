// SPDX-License-Identifier: BSD-3-Clause
//
// Records may be views into the batch they came from. Whoever keeps one past its batch keeps an owned copy instead:
// owned_t<string_view> is string, also inside pairs, tuples, arrays, optionals, variants,
// vectors, sets, maps and structs.
#pragma once

#include <sluice/actors/record/record.hpp>

namespace sluice {

namespace detail {

template <class T>
struct ownership {
  using type = T;
  // No copy: callers keep what they pass. NOLINTBEGIN(bugprone-return-const-ref-from-parameter)
  static const T& own(const T& x) { return x; }
  static const T& view(const T& x) { return x; }
  // NOLINTEND(bugprone-return-const-ref-from-parameter)
};

/// The key of a map's value_type is const; the copy that is kept need not be.
template <class T>
struct ownership<const T> : ownership<T> {};

template <>
struct ownership<std::string_view> {
  using type = std::string;
  static std::string own(std::string_view x) { return std::string{x}; }
  static std::string_view view(const std::string& x) { return x; }
};

template <>
struct ownership<bytes_view> {
  using type = bytes;
  static bytes own(bytes_view x) { return bytes(x.begin(), x.end()); }
  static bytes_view view(const bytes& x) { return x; }
};

template <class T>
using owned_of = typename ownership<T>::type;

template <class T>
inline constexpr bool owns_itself = std::same_as<owned_of<T>, std::remove_const_t<T>>;

template <class T>
  requires(!owns_itself<T>)
struct ownership<std::optional<T>> {
  using type = std::optional<owned_of<T>>;
  static type own(const std::optional<T>& x) { return x ? type{ownership<T>::own(*x)} : type{}; }
  static std::optional<T> view(const type& x) {
    return x ? std::optional<T>{ownership<T>::view(*x)} : std::optional<T>{};
  }
};

template <class T>
  requires(!owns_itself<T>)
struct ownership<std::vector<T>> {
  using type = std::vector<owned_of<T>>;
  static type own(const std::vector<T>& xs) {
    type result;
    result.reserve(xs.size());
    for (const auto& x : xs)
      result.push_back(ownership<T>::own(x));
    return result;
  }
  static std::vector<T> view(const type& xs) {
    std::vector<T> result;
    result.reserve(xs.size());
    for (const auto& x : xs)
      result.push_back(ownership<T>::view(x));
    return result;
  }
};

/// Sets and maps of views are kept as the list of their elements.
template <set_record T>
  requires(!owns_itself<element_t<T>>)
struct ownership<T> {
  using element = element_t<T>;
  using type = std::vector<owned_of<element>>;
  static type own(const T& xs) {
    type result;
    result.reserve(xs.size());
    for (const auto& x : xs)
      result.push_back(ownership<typename T::value_type>::own(x));
    return result;
  }
  static T view(const type& xs) {
    T result;
    for (const auto& x : xs)
      result.insert(result.end(), ownership<element>::view(x));
    return result;
  }
};

template <template <class...> class V, class... Ts>
  requires(variant_record<V<Ts...>> && !(owns_itself<Ts> && ...))
struct ownership<V<Ts...>> {
  using type = V<owned_of<Ts>...>;
  static type own(const V<Ts...>& x) {
    type result{std::in_place_index<0>};
    with_alternative(
        x, [&](auto i) { result.template emplace<i>(ownership<alternative_t<V<Ts...>, i>>::own(alternative<i>(x))); });
    return result;
  }
  static V<Ts...> view(const type& x) {
    V<Ts...> result{std::in_place_index<0>};
    with_alternative(
        x, [&](auto i) { result.template emplace<i>(ownership<alternative_t<V<Ts...>, i>>::view(alternative<i>(x))); });
    return result;
  }
};

template <class T, class Fields>
struct owned_fields;
template <class T, std::size_t... I>
struct owned_fields<T, std::index_sequence<I...>> {
  static constexpr bool all_own = (owns_itself<field_t<T, I>> && ...);
  using type = std::tuple<owned_of<field_t<T, I>>...>;
  static type own(const T& x) { return type{ownership<field_t<T, I>>::own(field<I>(x))...}; }
  template <class Owned>
  static T view(const Owned& x) {
    return T{ownership<field_t<T, I>>::view(std::get<I>(x))...};
  }
};

template <class T>
using owned_fields_of = owned_fields<T, std::make_index_sequence<field_count<T>()>>;

template <class A, class B>
  requires(!owns_itself<A> || !owns_itself<B>)
struct ownership<std::pair<A, B>> {
  using type = std::pair<owned_of<A>, owned_of<B>>;
  static type own(const std::pair<A, B>& x) { return {ownership<A>::own(x.first), ownership<B>::own(x.second)}; }
  static std::pair<A, B> view(const type& x) { return {ownership<A>::view(x.first), ownership<B>::view(x.second)}; }
};

/// Tuples, arrays and structs that hold views are kept as a tuple of owned fields.
template <composite_record T>
  requires(!pair_record<T> && !owned_fields_of<T>::all_own)
struct ownership<T> : owned_fields_of<T> {};

} // namespace detail

/// The type that holds what T refers to: T itself where T owns its content.
template <record T>
using owned_t = detail::owned_of<T>;

/// An owned copy of a record.
template <record T>
owned_t<T> to_owned(const T& x) {
  return detail::ownership<T>::own(x);
}

/// A record that refers to an owned copy; lives as long as the copy does.
template <record T>
decltype(auto) to_view(const owned_t<T>& x) {
  return detail::ownership<T>::view(x);
}

} // namespace sluice
