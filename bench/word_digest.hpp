// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::bench {

/// SplitMix64's mixing of one number.
inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

/// FNV-1a, which every language has: peers of other engines compute the same digests.
inline std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t result = 1469598103934665603;
  for (const auto c : text)
    result = (result ^ static_cast<unsigned char>(c)) * 1099511628211;
  return result;
}

/// What a word count came to, whatever the order of its results: words in all, results, and a digest of (word, count)
/// or, with a batch's number, of (batch, word, count).
struct word_digest {
  std::uint64_t words = 0;
  std::uint64_t distinct = 0;
  std::uint64_t sum = 0;

  void add(std::string_view word, std::uint64_t count, std::uint64_t batch = 0) {
    words += count;
    ++distinct;
    sum += mix(fnv1a(word) + batch) * count;
  }

  void merge(const word_digest& other) {
    words += other.words;
    distinct += other.distinct;
    sum += other.sum;
  }

  friend bool operator==(const word_digest&, const word_digest&) = default;
};

} // namespace sluice::bench
