// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::bench {

/// How often this process has called malloc, calloc, realloc or one of their aligned kin, on any thread and in any
/// library; operator new is among them. 0 in a build with sanitizers, which bring a malloc of their own.
std::uint64_t allocation_count();

} // namespace sluice::bench
