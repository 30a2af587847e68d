// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/stage/outlet.hpp>

namespace sluice {

namespace detail {

/// 0, 1, 2, …
template <std::size_t N>
constexpr std::array<std::uint16_t, N> places() {
  std::array<std::uint16_t, N> result{};
  for (std::size_t i = 0; i < N; ++i)
    result[i] = static_cast<std::uint16_t>(i);
  return result;
}

} // namespace detail

/// Hands the records of a batch to the consumers of an outlet, encoded where they are plain.
template <record T>
error push_records(const batch& records, outlet<T>& to) {
  if constexpr (plain_record<T>) {
    constexpr auto at_once = encoded_chunk<T>::max_size;
    static constexpr auto all = detail::places<at_once>();
    auto reader = batch_reader<T>::open(records);
    if (!reader)
      return std::move(reader.error());
    for (std::size_t begin = 0; begin < reader->size(); begin += at_once)
      to.push(encoded_chunk<T>{*reader, begin, std::span{all}.first(std::min(at_once, reader->size() - begin))});
    return {};
  } else {
    return for_each_chunk<T>(records, [&to](std::span<const T> chunk) { to.push(chunk); });
  }
}

} // namespace sluice
