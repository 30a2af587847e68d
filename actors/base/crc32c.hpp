// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice {

/// CRC32C (Castagnoli, RFC 3720) of `bytes`, as every stored value and every frame on the wire carries it.
std::uint32_t crc32c(std::span<const std::byte> bytes);

} // namespace sluice
