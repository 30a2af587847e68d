// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/launch.hpp>

#include <algorithm>
#include <thread>

namespace sluice {

std::uint32_t thread_count(const runtime_options& how) {
  const auto asked = how.threads != 0 ? how.threads : std::max(1U, std::thread::hardware_concurrency());
  return static_cast<std::uint32_t>(asked);
}

} // namespace sluice
