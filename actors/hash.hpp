// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sluice {

/// XXH3 (64 bit) of raw bytes: the same on every node and in every run, so it may decide where a record goes.
inline std::uint64_t hash_bytes(const void* data, std::size_t size) { return XXH3_64bits(data, size); }
inline std::uint64_t hash_bytes(std::string_view text) { return hash_bytes(text.data(), text.size()); }

} // namespace sluice
