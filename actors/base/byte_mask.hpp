// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <sluice/actors/base/read_past_end.hpp>

namespace sluice::detail {

/// Finds the places of a byte in a text, 64 bytes at a time. Uses SSE2, which every x86-64 has, or eight bytes at once
/// in a register.
class byte_masks {
public:
  byte_masks(std::string_view text, char wanted) : text_{text.data()}, size_{text.size()}, wanted_{wanted} {}

  /// Whether there is text left.
  bool more() const { return at_ < size_; }

  /// Where the next mask begins.
  const char* position() const { return text_ + at_; }

  /// Bit i says whether position()[i] is the wanted byte; bits behind the text are 0. Moves on. Requires more().
  [[gnu::always_inline]] std::uint64_t next() {
    const auto* const p = position();
    const auto left = size_ - at_;
    at_ += block;
    const auto hits = has_whole_block(p) || left >= block ? of_block(p) : of_copy(p, left);
    return left >= block ? hits : hits & ((std::uint64_t{1} << left) - 1);
  }

private:
  static constexpr std::size_t block = 64;

  /// The same for the end of a text. Bits behind the text are of no meaning.
  [[gnu::noinline]] std::uint64_t of_copy(const char* p, std::size_t size) const {
    std::array<char, block> copy{};
    std::memcpy(copy.data(), p, size);
    return of_block(copy.data());
  }

  std::uint64_t of_block(const char* p) const {
    return of_16(p) | of_16(p + 16) << 16 | of_16(p + 32) << 32 | of_16(p + 48) << 48;
  }

#if defined(__SSE2__)
  /// Whether 64 bytes can be read, wherever the text ends.
  static bool has_whole_block(const char* p) { return can_read_past_end(p, block); }

  std::uint64_t of_16(const char* p) const {
    const auto hits = _mm_movemask_epi8(_mm_cmpeq_epi8(load_16_bytes(p), _mm_set1_epi8(wanted_)));
    return static_cast<std::uint32_t>(hits);
  }
#else
  static bool has_whole_block(const char*) { return false; }

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

  const char* text_;
  std::size_t size_;
  char wanted_;
  std::size_t at_ = 0;
};

} // namespace sluice::detail
