// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice {

/// Lets the process keep memory that batches have used for those that follow: glibc's malloc gives large blocks back to
/// the kernel as soon as they are free, and each page that comes again costs a fault. What is kept is bounded by the
/// largest use so far. Does nothing where malloc is another one, or where the environment has settings for it
/// (GLIBC_TUNABLES, MALLOC_…).
void tune_malloc();

/// Gives memory that is free back to the kernel if the process has more than `budget` and enough of it is free. Looks
/// every 100 ms at most, and gives back once a second at most, or less often where it gains little. Thread safe.
void trim_memory(std::uint64_t budget);

} // namespace sluice
