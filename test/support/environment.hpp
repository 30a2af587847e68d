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

/// Seeds from `first` on, before `end`.
struct seed_range {
  std::uint64_t first;
  std::uint64_t end;
};

/// As many as `seed_count` says, from 1 on. With SLUICE_TEST_FIRST_SEED, from that one on: as many as SLUICE_TEST_SEEDS
/// says, by default that one alone, so that a seed that has failed runs again.
inline seed_range seeds_to_try(std::uint64_t usual) {
  const auto first = number_from_environment("SLUICE_TEST_FIRST_SEED", 0);
  if (first != 0)
    return {first, first + number_from_environment("SLUICE_TEST_SEEDS", 1)};
  return {1, 1 + seed_count(usual)};
}

} // namespace sluice::test
