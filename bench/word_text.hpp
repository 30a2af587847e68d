// SPDX-License-Identifier: BSD-3-Clause
//
// The text of the word count benches: lines of 5 to 15 words drawn by Zipf's law from 50,000, the same on every
// machine, so that results can be compared by digest.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace sluice::bench {

/// What the benches count unless told otherwise.
inline constexpr std::size_t default_text_bytes = 200'000'000;

/// The first lines of that text, without their \n.
std::vector<std::string> word_lines(std::size_t count);

/// Writes whole lines until the file has at least `bytes`. Throws std::system_error if it cannot.
void write_word_text(const std::filesystem::path& path, std::size_t bytes);

} // namespace sluice::bench
