// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

namespace sluice::bench {

/// Lines of a micro-batch where the text is counted batch by batch.
inline constexpr std::size_t lines_of_a_batch = 100'000;

/// The text up to the end of its first `lines` lines.
inline std::string_view first_lines(std::string_view text, std::size_t lines) {
  std::size_t end = 0;
  for (; lines != 0 && end < text.size(); --lines)
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  return text.substr(0, end);
}

/// The text in pieces of `lines_of_a_batch` lines; the last may have fewer.
inline std::vector<std::string_view> micro_batches(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    result.push_back(first_lines(text, lines_of_a_batch));
    text.remove_prefix(result.back().size());
  }
  return result;
}

} // namespace sluice::bench
