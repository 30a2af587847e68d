// SPDX-License-Identifier: BSD-3-Clause
//
// The functions that the steps of a random program call, for the streams and for their naive evaluation alike. All
// arithmetic wraps around, so that adding is associative, commutative and has an inverse, whatever the numbers are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::test {

/// A record of a random program. One of a stream of numbers has the key 0.
using row = std::pair<std::int64_t, std::int64_t>;
using rows = std::vector<row>;

inline std::int64_t add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

inline std::int64_t subtract(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

inline row add(const row& a, const row& b) { return {add(a.first, b.first), add(a.second, b.second)}; }
inline row subtract(const row& a, const row& b) { return {subtract(a.first, b.first), subtract(a.second, b.second)}; }

/// One number of two; of a key 0, the value.
inline std::int64_t fold(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * 31 + static_cast<std::uint64_t>(b));
}
inline std::int64_t fold(std::int64_t x) { return x; }
inline std::int64_t fold(const row& x) { return fold(x.first, x.second); }

/// One number of many, whatever their order.
inline std::int64_t fold(std::vector<std::int64_t> all) {
  std::ranges::sort(all);
  auto result = static_cast<std::int64_t>(all.size());
  for (const auto x : all)
    result = fold(result, x);
  return result;
}

/// One number of the two sides of a join.
inline std::int64_t meet(std::optional<std::int64_t> left, std::optional<std::int64_t> right) {
  const auto coded = [](std::optional<std::int64_t> x) { return x ? add(*x, *x) : 1; };
  return fold(coded(left), coded(right));
}

/// From 0 to below n.
inline std::int64_t small(std::int64_t x, std::int64_t n) { return (x % n + n) % n; }

inline std::int64_t twist(std::int64_t x, std::int64_t a) { return small(add(x, a), 11); }
inline row twist(const row& x, std::int64_t a) { return {small(fold(x), 5), twist(x.second, a)}; }

inline row to_pair(std::int64_t x, std::int64_t a) { return {small(x, 2 + a), x}; }

template <class T>
bool is_kept(const T& x, std::int64_t a) {
  return small(add(fold(x), a), 3) != 0;
}

/// How often a record is repeated, and the i-th of the repetitions.
template <class T>
std::int64_t repetitions(const T& x, std::int64_t a) {
  return small(add(fold(x), a), 3);
}
inline std::int64_t repeated(std::int64_t x, std::int64_t i) { return add(x, i); }
inline row repeated(const row& x, std::int64_t i) { return {x.first, add(x.second, i)}; }

/// What a window's filter keeps.
inline bool is_kept_value(std::int64_t x, std::int64_t a) { return small(add(x, a), 4) != 0; }

/// The state of a key after a batch: it grows by the values, and by one a batch; at times it goes.
inline std::optional<std::int64_t> next_state(std::int64_t values, std::optional<std::int64_t> old, std::int64_t a) {
  const auto result = add(add(old.value_or(0), 1), values);
  if (small(add(result, a), 5) == 0)
    return std::nullopt;
  return result;
}

} // namespace sluice::test
