// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/crc32c.hpp>

#include <algorithm>
#include <limits>

#include <isa-l/crc.h>

namespace sluice {

std::uint32_t crc32c(std::span<const std::byte> bytes) {
  // ISA-L takes an int length and a non-const pointer it does not write to; it chains without the final inversion.
  std::uint32_t state = ~0U;
  constexpr std::size_t max_step = std::numeric_limits<int>::max();
  while (!bytes.empty()) {
    const auto step = std::min(bytes.size(), max_step);
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
    state = crc32_iscsi(data, static_cast<int>(step), state);
    bytes = bytes.subspan(step);
  }
  return ~state;
}

} // namespace sluice
