// SPDX-License-Identifier: BSD-3-Clause
//
// The streams that the steps of a random program stand for.
#pragma once

#include <optional>
#include <variant>

#include <sluice/operators/stream/dstream.hpp>

#include "random_program.hpp"

namespace sluice::test {

using number_stream = dstream<std::int64_t>;
using pair_stream = dstream<row>;
using row_stream = std::variant<number_stream, pair_stream>;

// Each makes the stream of a step that is its business, and returns nothing for another's. `other` is the second
// parent, or again the first.
std::optional<row_stream> make_plain_stream(const step& how, const row_stream& parent, const row_stream& other);
std::optional<row_stream> make_dataset_stream(const step& how, const row_stream& parent, const row_stream& other);
std::optional<row_stream> make_pair_stream(const step& how, const row_stream& parent, const row_stream& other);
std::optional<row_stream> make_window_stream(const step& how, const row_stream& parent);
std::optional<row_stream> make_keyed_window_stream(const step& how, const row_stream& parent);

inline row_stream make_stream(const step& how, const row_stream& parent, const row_stream& other) {
  for (const auto& result :
       {make_plain_stream(how, parent, other), make_dataset_stream(how, parent, other),
        make_pair_stream(how, parent, other), make_window_stream(how, parent), make_keyed_window_stream(how, parent)})
    if (result)
      return *result;
  throw std::logic_error{"a step that no one composes"};
}

inline duration in_batches(std::int64_t n) { return duration{1000 * n}; }

/// What `f` gives for the partitions of a step of pairs: a number, none, or a partitioner.
template <class F>
std::optional<row_stream> with_partitions(const step& how, F f) {
  if (!how.by_remainder)
    return f(how.partitions);
  const auto n = *how.partitions;
  return f(partitioner{"by remainder", n, [n](std::int64_t key) { return static_cast<std::uint64_t>(key) % n; }});
}

/// Adds records up, where a plain function is asked for.
struct plus {
  template <class T>
  T operator()(const T& a, const T& b) const {
    return add(a, b);
  }
};

struct minus {
  template <class T>
  T operator()(const T& a, const T& b) const {
    return subtract(a, b);
  }
};

/// (value, count) as a row.
struct fold_counted {
  template <class T>
  row operator()(const std::pair<T, std::int64_t>& x) const {
    return {fold(x.first), x.second};
  }
};

} // namespace sluice::test
