// SPDX-License-Identifier: BSD-3-Clause
//
// No processor can foresee the end of a short text. So a fixed number of its bytes is always read, and those behind the
// text are discarded. They exist, because memory comes in pages; a text at the end of its page must be read in another
// way. Only with SSE2, which every x86-64 has.
#pragma once

#if defined(__SSE2__)

#include <cstddef>
#include <cstdint>

#include <emmintrin.h>

namespace sluice::detail {

/// Whether `n` bytes can be read from `p` on if one can.
inline bool can_read_past_end(const void* p, std::size_t n) {
  constexpr std::uintptr_t page = 4096;
  return reinterpret_cast<std::uintptr_t>(p) % page <= page - n;
}

// It is as GCC says where it knows the text's length, and as intended.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
/// The 16 bytes from `p` on. C++ has no word for reading behind the end of an object, nor has a sanitizer, so it is one
/// instruction of assembly.
inline __m128i load_16_bytes(const void* p) {
  __m128i result;
  asm("movdqu %1, %0" : "=x"(result) : "m"(*static_cast<const char(*)[16]>(p)));
  return result;
}
#pragma GCC diagnostic pop

} // namespace sluice::detail

#endif
