// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <sluice/actors/record/record.hpp>

namespace sluice::detail {

/// What malloc adds to a block, about.
inline constexpr std::uint64_t malloc_overhead = 16;

template <class T>
std::uint64_t heap_bytes(const T& x);

template <class T>
struct heap_use {
  static std::uint64_t of(const T&) { return 0; } ///< unknown to us; or none
};

template <>
struct heap_use<std::string> {
  static std::uint64_t of(const std::string& x) {
    constexpr std::size_t inside = 15;
    return x.capacity() <= inside ? 0 : x.capacity() + malloc_overhead;
  }
};

template <class T>
struct heap_use<std::vector<T>> {
  static std::uint64_t of(const std::vector<T>& xs) {
    std::uint64_t result = xs.capacity() == 0 ? 0 : xs.capacity() * sizeof(T) + malloc_overhead;
    if constexpr (!std::is_trivially_copyable_v<T>)
      for (const auto& x : xs)
        result += heap_bytes(x);
    return result;
  }
};

template <class T>
struct heap_use<std::optional<T>> {
  static std::uint64_t of(const std::optional<T>& x) { return x ? heap_bytes(*x) : 0; }
};

template <class A, class B>
struct heap_use<std::pair<A, B>> {
  static std::uint64_t of(const std::pair<A, B>& x) { return heap_bytes(x.first) + heap_bytes(x.second); }
};

template <class... Ts>
struct heap_use<std::tuple<Ts...>> {
  static std::uint64_t of(const std::tuple<Ts...>& x) {
    return std::apply([](const auto&... fields) { return (std::uint64_t{0} + ... + heap_bytes(fields)); }, x);
  }
};

template <class T, std::size_t N>
struct heap_use<std::array<T, N>> {
  static std::uint64_t of(const std::array<T, N>& xs) {
    std::uint64_t result = 0;
    for (const auto& x : xs)
      result += heap_bytes(x);
    return result;
  }
};

template <variant_record T>
struct heap_use<T> {
  static std::uint64_t of(const T& x) {
    std::uint64_t result = 0;
    with_alternative(x, [&](auto i) { result = heap_bytes(alternative<i>(x)); });
    return result;
  }
};

/// Each element is a block of its own, with some pointers to others.
template <set_record T>
struct heap_use<T> {
  static std::uint64_t of(const T& xs) {
    std::uint64_t result = xs.size() * (sizeof(typename T::value_type) + 4 * sizeof(void*) + malloc_overhead);
    if constexpr (!std::is_trivially_copyable_v<typename T::value_type>)
      for (const auto& x : xs)
        result += heap_bytes(x);
    return result;
  }
};

/// About how many bytes an owned value has outside of itself. Nothing is looked at where its type says that it has
/// none.
template <class T>
std::uint64_t heap_bytes(const T& x) {
  if constexpr (std::is_trivially_copyable_v<T>)
    return 0;
  else
    return heap_use<T>::of(x);
}

/// About how many bytes the elements of a vector take that grew to this size, without what they have elsewhere: between
/// its size and twice that, and both the old and the new memory while it moves.
template <class T>
constexpr std::uint64_t grown_bytes(std::size_t size) {
  return size * sizeof(T) + size * sizeof(T) / 2;
}

} // namespace sluice::detail
