// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice {

/// Lets the process keep the memory of batches for later batches. By default, glibc's malloc gives large blocks back to
/// the kernel as soon as they are free, and each page costs a fault when it comes again. The memory kept is bounded by
/// the largest use so far. Does nothing with another malloc, or if the environment has settings for it (GLIBC_TUNABLES,
/// MALLOC_…).
void tune_malloc();

/// Gives free memory back to the kernel if the process has more than `budget` and enough of it is free. Looks every 100
/// ms at most, and gives back once per second at most, or less often if it gains little. Thread safe.
void trim_memory(std::uint64_t budget);

} // namespace sluice
