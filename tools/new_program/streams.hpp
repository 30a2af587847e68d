// SPDX-License-Identifier: BSD-3-Clause
//
// What the program computes, apart from where its lines come from and where its results go: so a test can call it.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include <sluice/sluice.hpp>

/// How often each word occurs in the lines of a batch.
inline sluice::dstream<std::pair<std::string_view, std::int64_t>>
count_words(const sluice::dstream<std::string_view>& lines) {
  return lines.flat_map(sluice::split(' '))
      .map([](std::string_view word) { return std::pair{word, std::int64_t{1}}; })
      .reduce_by_key(std::plus<>{});
}
