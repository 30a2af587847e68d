// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/store/keyed_store.hpp>

namespace sluice {

// A value as it is stored: CRC32C (4 bytes), length (4 bytes), the value, zeros up to a multiple of 8. The CRC is that
// of the key xor that of the value: it also tells a value that is found under another key, or a damaged key. Numbers
// are little-endian. Described in docs/formats/checkpoint.md.

/// The stored size of a value of `value_bytes`.
constexpr std::size_t sealed_size(std::size_t value_bytes) { return 8 + (value_bytes + 7) / 8 * 8; }

/// Writes `sealed_size(value.size())` bytes to `out`.
void seal(std::string_view key, bytes_view value, std::byte* out);

/// The value inside `stored`, or ec::checksum_mismatch naming the key.
expected<bytes_view> unseal(std::string_view key, bytes_view stored);

/// A key for people: printable characters as they are, others as \xNN.
std::string printable(std::string_view key);

} // namespace sluice
