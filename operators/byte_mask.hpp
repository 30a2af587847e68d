// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice::detail {

/// Where a byte occurs in a text, 64 bytes at a time. Reads no byte outside the text. SSE2, which every x86-64 has, or
/// eight bytes at once in a register.
class byte_masks {
public:
  byte_masks(std::string_view text, char wanted) : text_{text.data()}, size_{text.size()}, wanted_{wanted} {}

  /// Whether there is text left.
  bool more() const { return at_ < size_; }

  /// Where the next mask begins.
  const char* position() const { return text_ + at_; }

  /// Bit i says whether position()[i] is the wanted byte; bits behind the text are 0. Moves on. Requires more().
  std::uint64_t next() {
    const auto* const p = position();
    const auto left = size_ - at_;
    at_ += 64;
    if (left >= 64) [[likely]]
      return of_16(p) | of_16(p + 16) << 16 | of_16(p + 32) << 32 | of_16(p + 48) << 48;
    // The last 16 bytes may overlap those before, of this block or of the one before: a bit set twice does no harm.
    std::uint64_t result = 0;
    std::size_t i = 0;
    for (; i + 16 <= left; i += 16)
      result |= of_16(p + i) << i;
    if (i == left)
      return result;
    if (left >= 16)
      return result | of_16(p + left - 16) << (left - 16);
    if (size_ >= 16)
      return of_16(p + left - 16) >> (16 - left);
    return of_short(p, left);
  }

private:
#if defined(__SSE2__)
  std::uint64_t of_16(const char* p) const {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const auto hits = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted_)));
    return static_cast<std::uint32_t>(hits);
  }
#else
  std::uint64_t of_16(const char* p) const { return of_8(p) | of_8(p + 8) << 8; }

  std::uint64_t of_8(const char* p) const {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, p, sizeof(bytes));
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t sevens = 0x7F7F7F7F7F7F7F7F;
    const auto differing = bytes ^ ones * static_cast<unsigned char>(wanted_);
    // The high bit of each byte that is zero, and of no other; then the eight high bits side by side.
    const auto hits = ~(((differing & sevens) + sevens) | differing | sevens);
    return (hits >> 7) * 0x0102040810204080 >> 56;
  }
#endif

  std::uint64_t of_short(const char* p, std::size_t n) const {
    std::uint64_t result = 0;
    for (std::size_t i = 0; i < n; ++i)
      result |= std::uint64_t{p[i] == wanted_} << i;
    return result;
  }

  const char* text_;
  std::size_t size_;
  char wanted_;
  std::size_t at_ = 0;
};

} // namespace sluice::detail
