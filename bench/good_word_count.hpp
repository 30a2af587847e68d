// SPDX-License-Identifier: BSD-3-Clause
//
// The good program: what an experienced programmer writes in an afternoon. A loop over bytes finds the words, an
// open-addressing table of views into the text counts them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "huge_pages.hpp"

namespace sluice::bench {

/// Multiplies to 128 bits and folds.
inline std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using wide = unsigned __int128;
  const auto product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline constexpr std::uint64_t hash_secret_a = 0xa0761d6478bd642f;
inline constexpr std::uint64_t hash_secret_b = 0xe7037ed1a0b428db;

/// A hash for short text in the manner of wyhash. Sluice hashes with XXH3; here the fastest way known is what counts.
inline std::uint64_t hash_text(const char* p, std::size_t n) {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  auto h = n * 0x9E3779B97F4A7C15;
  for (; n > 16; p += 16, n -= 16) {
    std::memcpy(&a, p, 8);
    std::memcpy(&b, p + 8, 8);
    h = fold_multiply(a ^ hash_secret_a ^ h, b ^ hash_secret_b);
  }
  if (n >= 8) {
    std::memcpy(&a, p, 8);
    std::memcpy(&b, p + n - 8, 8);
  } else if (n >= 4) {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::memcpy(&first, p, 4);
    std::memcpy(&last, p + n - 4, 4);
    a = first;
    b = last;
  } else if (n != 0) {
    const auto byte = [p](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(p[i])}; };
    a = byte(0) << 16 | byte(n >> 1) << 8 | byte(n - 1);
  }
  return fold_multiply(a ^ hash_secret_a ^ h, b ^ hash_secret_b);
}

/// Counts words that are views into a text which outlives the table.
class good_table {
public:
  explicit good_table(std::size_t slots = std::size_t{1} << 17) : slots_(slots) {}

  void add(std::string_view word, std::uint64_t count = 1) { add(word, hash_text(word.data(), word.size()), count); }

  template <class F>
  void for_each(F&& f) const {
    for (const auto& slot : slots_)
      if (slot.text != nullptr)
        f(std::string_view{slot.text, slot.size}, slot.count);
  }

  void merge(const good_table& other) {
    other.for_each([this](std::string_view word, std::uint64_t count) { add(word, count); });
  }

  void clear() {
    std::fill(slots_.begin(), slots_.end(), slot{});
    used_ = 0;
  }

  /// Counts every word of a text.
  void count_words(std::string_view text) {
    const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    const auto* const end = text.data() + text.size();
    for (const auto* p = text.data(); p < end;) {
      while (p < end && is_blank(*p))
        ++p;
      const auto* const start = p;
      while (p < end && !is_blank(*p))
        ++p;
      if (p > start)
        add({start, static_cast<std::size_t>(p - start)});
    }
  }

private:
  struct slot {
    const char* text = nullptr;
    std::uint32_t size = 0;
    std::uint32_t tag = 0;
    std::uint64_t count = 0;
  };

  void add(std::string_view word, std::uint64_t hash, std::uint64_t count) {
    const auto mask = slots_.size() - 1;
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (auto i = hash & mask;; i = (i + 1) & mask) {
      auto& found = slots_[i];
      if (found.text == nullptr) {
        found = {word.data(), static_cast<std::uint32_t>(word.size()), tag, count};
        if (++used_ * 4 > slots_.size() * 3)
          grow();
        return;
      }
      if (found.tag == tag && found.size == word.size() && std::memcmp(found.text, word.data(), word.size()) == 0) {
        found.count += count;
        return;
      }
    }
  }

  void grow() {
    good_table larger{slots_.size() * 2};
    larger.merge(*this);
    *this = std::move(larger);
  }

  huge_vector<slot> slots_;
  std::size_t used_ = 0;
};

} // namespace sluice::bench
