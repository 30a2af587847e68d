// SPDX-License-Identifier: BSD-3-Clause
//
// The limit: the fastest word count known to us. 64 bytes at a time are turned into a mask of blanks, words of up to 16
// bytes lie in the table itself and are compared as two numbers.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <immintrin.h>

#include "good_word_count.hpp"
#include "huge_pages.hpp"
#include "mapped_file.hpp"

namespace sluice::bench {

/// Bit i is set where p[i] is a blank or a control character. Reads 64 bytes.
inline std::uint64_t mask_of_blanks(const char* p) {
#if defined(__AVX512BW__)
  return _mm512_cmple_epu8_mask(_mm512_loadu_si512(p), _mm512_set1_epi8(' '));
#elif defined(__AVX2__)
  const auto blanks = _mm256_set1_epi8(' ');
  const auto mask = [&](const char* q) {
    const auto x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(q));
    return std::uint64_t{
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_max_epu8(x, blanks), blanks)))};
  };
  return mask(p) | mask(p + 32) << 32;
#else
  const auto blanks = _mm_set1_epi8(' ');
  const auto mask = [&](const char* q) {
    const auto x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(q));
    return std::uint64_t{
        static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(x, blanks), blanks)))};
  };
  return mask(p) | mask(p + 16) << 16 | mask(p + 32) << 32 | mask(p + 48) << 48;
#endif
}

/// Calls f(start, size) for every word. The text must be readable 64 bytes past its end, as mapped_file is.
template <class F>
void for_each_word(std::string_view text, F f) {
  static_assert(mapped_file::readable_after >= 64);
  const auto* const p = text.data();
  const auto n = text.size();
  std::size_t start = 0;
  for (std::size_t i = 0; i < n; i += 64) {
    auto blanks = mask_of_blanks(p + i);
    if (i + 64 > n)
      blanks |= ~std::uint64_t{0} << (n - i);
    while (blanks != 0) {
      const auto end = i + static_cast<std::size_t>(std::countr_zero(blanks));
      blanks &= blanks - 1;
      if (end > n)
        break;
      if (end > start)
        f(p + start, end - start);
      start = end + 1;
    }
  }
  if (start < n)
    f(p + start, n - start);
}

/// Counts words; those of up to 16 bytes without a look at the text they came from.
class limit_table {
public:
  explicit limit_table(std::size_t slots = std::size_t{1} << 17) : slots_(slots), long_words_{16} {}

  template <class F>
  void for_each(F&& f) const {
    for (const auto& slot : slots_)
      if (slot.low != 0) {
        char text[16];
        std::memcpy(text, &slot.low, 8);
        std::memcpy(text + 8, &slot.high, 8);
        f(std::string_view{text, strnlen(text, sizeof text)}, slot.count);
      }
    long_words_.for_each(f);
  }

  void merge(const limit_table& other) {
    for (const auto& slot : other.slots_)
      if (slot.low != 0)
        add(slot.low, slot.high, slot.count);
    long_words_.merge(other.long_words_);
  }

  void clear() {
    std::memset(static_cast<void*>(slots_.data()), 0, slots_.size() * sizeof(slot));
    used_ = 0;
    long_words_.clear();
  }

  /// Counts every word of a text that is readable 64 bytes past its end.
  void count_words(std::string_view text) {
    for_each_word(text, [this](const char* p, std::size_t n) {
      if (n > 16) [[unlikely]]
        return long_words_.add({p, n});
      std::uint64_t low = 0;
      std::uint64_t high = 0;
      std::memcpy(&low, p, 8);
      std::memcpy(&high, p + 8, 8);
      if (n < 8) {
        low &= (std::uint64_t{1} << n * 8) - 1;
        high = 0;
      } else if (n < 16) {
        high &= (std::uint64_t{1} << (n - 8) * 8) - 1;
      }
      add(low, high, 1);
    });
  }

private:
  struct alignas(32) slot {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::uint64_t count = 0;
  };

  void add(std::uint64_t low, std::uint64_t high, std::uint64_t count) {
    const auto mask = slots_.size() - 1;
    for (auto i = fold_multiply(low ^ hash_secret_a, high ^ hash_secret_b) & mask;; i = (i + 1) & mask) {
      auto& found = slots_[i];
      if (found.low == low && found.high == high) {
        found.count += count;
        return;
      }
      if (found.low == 0) {
        found.low = low;
        found.high = high;
        found.count = count;
        if (++used_ * 4 > slots_.size() * 3)
          grow();
        return;
      }
    }
  }

  void grow() {
    limit_table larger{slots_.size() * 2};
    larger.merge(*this);
    *this = std::move(larger);
  }

  huge_vector<slot> slots_;
  std::size_t used_ = 0;
  good_table long_words_;
};

} // namespace sluice::bench
