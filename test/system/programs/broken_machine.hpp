// SPDX-License-Identifier: BSD-3-Clause
//
// Stands between this program and its system, as a slow disk and as a clock that somebody sets.
#pragma once

#include <atomic>
#include <chrono>

namespace broken_machine {

/// What each sync to the disk takes in addition.
inline std::atomic<std::chrono::milliseconds> slow_sync{};

/// How much the time of day is less than it is.
inline std::atomic<std::chrono::seconds> set_back{};

} // namespace broken_machine
