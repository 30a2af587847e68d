// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>

#include "distribution.hpp"

namespace sluice::bench {

/// How long it takes, in milliseconds, until a thread that only looks at the clock sees the time at which something
/// happened, at any time within `lasting`: the latency of a program that has nothing to do, with so many threads. What
/// is not nearly 0 is a pause: the machine let the thread wait, for other programs, its own work, or other machines.
distribution measure_pauses(std::size_t threads, std::chrono::steady_clock::duration lasting);

} // namespace sluice::bench
