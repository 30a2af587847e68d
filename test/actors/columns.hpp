// SPDX-License-Identifier: BSD-3-Clause
//
// Columns made by hand, for batches that no writer would write.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/actors/batch/column.hpp>

namespace sluice::test {

template <class T>
column_buffer column(column_kind kind, const std::vector<T>& elements) {
  column_buffer result{kind};
  for (const auto x : elements)
    result.append(x);
  return result;
}

inline column_buffer ends(const std::vector<std::uint32_t>& elements) { return column(column_kind::ends, elements); }
inline column_buffer raw(std::string_view text) {
  return column(column_kind::bytes, std::vector(text.begin(), text.end()));
}
inline column_buffer numbers(const std::vector<std::int64_t>& elements) {
  return column(column_kind::fixed8, elements);
}

inline column_buffer bits(const std::vector<bool>& elements) {
  column_buffer result{column_kind::bits};
  for (const auto x : elements)
    result.append_bit(x);
  return result;
}

template <class... Columns>
std::vector<column_buffer> together(Columns&&... columns) {
  std::vector<column_buffer> result;
  (result.push_back(std::forward<Columns>(columns)), ...);
  return result;
}

} // namespace sluice::test
