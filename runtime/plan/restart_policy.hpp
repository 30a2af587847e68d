// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <sluice/actors/base/time.hpp>

namespace sluice {

/// A program that goes back to its last commit after a failure and goes on, inside its process. A failure is a function
/// that throws, an input, operator, output or store that ends, or a lost worker.
///
///     ctx.on_error(restart_policy{.max = 10, .within = std::chrono::minutes{5}});
struct restart_policy {
  std::uint32_t max = 5;    ///< restarts within any time as long as `within`; the next failure ends the program
  duration within{60'000};  ///< more than 0
  duration backoff{100};    ///< the pause before the first restart; each further one within `within` doubles it
  duration longest{10'000}; ///< no pause is longer

  friend bool operator==(const restart_policy&, const restart_policy&) = default;
};

/// Throws usage_error for a policy that makes no sense.
void check(const restart_policy& policy);

} // namespace sluice
