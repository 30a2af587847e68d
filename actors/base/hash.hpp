// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sluice {

/// XXH3 (64 bit) of raw bytes. It is the same on every node and in every run, so it may decide where a record goes.
inline std::uint64_t hash_bytes(const void* data, std::size_t size) { return XXH3_64bits(data, size); }
inline std::uint64_t hash_bytes(std::string_view text) { return hash_bytes(text.data(), text.size()); }

/// Mixes two words into one, as XXH3 does with each 16 bytes of a longer input: one multiplication. This is good enough
/// for a place in a table. Unlike XXH3 as a whole it is not frozen, so nothing that is stored or sent may depend on it.
/// The library's own function for this is not part of its interface, and GCC 12 puts its result into memory on the way.
inline std::uint64_t mix_words(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t first = 0xbe4ba423396cfeb8; // of XXH3's secret
  constexpr std::uint64_t second = 0x1cad21f72c81017c;
  const auto product = static_cast<unsigned __int128>(a ^ first) * (b ^ second);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

} // namespace sluice
