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

/// What a program came to, whatever the order of its results: the records it worked on, its results, and a sum over
/// them that hardly any other results have.
struct digest {
  std::uint64_t records = 0;
  std::uint64_t results = 0;
  std::uint64_t sum = 0;

  void merge(const digest& other) {
    records += other.records;
    results += other.results;
    sum += other.sum;
  }

  friend bool operator==(const digest&, const digest&) = default;
};

/// Of a word count: records are words.
struct word_digest : digest {
  /// With a batch's number, where words are counted batch by batch.
  void add(std::string_view word, std::uint64_t count, std::uint64_t batch = 0) {
    records += count;
    ++results;
    sum += mix(fnv1a(word) + batch) * count;
  }
};

/// Of sums and counts a key in sliding windows. Who makes them counts the records.
struct window_digest : digest {
  /// The result of a key in the window that starts with pane `window`.
  void add(std::uint64_t window, std::uint64_t key, std::int64_t total, std::uint64_t count) {
    results += count != 0; // without a branch: a key without records adds nothing
    sum += (key ^ (window * 0x9E3779B97F4A7C15))
           * static_cast<std::uint64_t>(total * 31 + static_cast<std::int64_t>(count));
  }
};

} // namespace sluice::bench
