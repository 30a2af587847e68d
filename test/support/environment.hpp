// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace sluice::test {

/// A number from the environment, or `otherwise`.
inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const auto* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// How many seeds a random test tries: `usual`, or more if SLUICE_TEST_SEEDS says so, as `./dev torture` does.
inline std::uint64_t seed_count(std::uint64_t usual) {
  return std::max(usual, number_from_environment("SLUICE_TEST_SEEDS", usual));
}

} // namespace sluice::test
