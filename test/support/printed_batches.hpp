// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

/// A batch as `print` shows it on standard output.
struct printed_batch {
  std::int64_t time = 0; ///< in ms
  std::vector<std::string> lines;
};

/// The batches that were printed to their end. Throws std::runtime_error for text that is none.
std::vector<printed_batch> printed_batches(std::string_view out);

/// How often each word was counted.
using word_counts = std::map<std::string, std::int64_t>;

/// The counts of a batch of "(word,count)". Throws std::runtime_error for another line, and for a word that is in it
/// twice.
word_counts counts_of(const printed_batch& batch);

/// The counts of all batches together.
word_counts sum_of(const std::vector<printed_batch>& batches);

/// The words of a text, cut at spaces and ends of lines: `tr -s ' ' '\n' | sort | uniq -c`.
word_counts count_words(std::string_view text);

/// Text in which words come up as often as in a language, with what makes counting them hard: leading and trailing
/// spaces, several in a row, empty lines, very long lines, UTF-8, tabs, and no end of line at the end. The same for a
/// number of lines.
std::string sample_text(std::size_t lines);

} // namespace sluice::test
