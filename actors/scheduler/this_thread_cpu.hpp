// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>

#include <sched.h>

#include <sluice/actors/scheduler/cpu_seat.hpp>

namespace sluice {

/// The CPU of the calling thread, for a `cpu_seat`.
struct this_thread_cpu {
  static std::size_t cpu() { return static_cast<std::size_t>(sched_getcpu()); }
  static std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

  /// Moves the thread to one of the allowed CPUs on which it may run, if there is one. Afterwards it may run where it
  /// might before. What fails is left out: where it runs matters to nothing but speed.
  template <class IsAllowed>
  static void move(IsAllowed is_allowed) {
    cpu_set_t may;
    if (sched_getaffinity(0, sizeof may, &may) != 0)
      return;
    auto wanted = may;
    for (std::size_t cpu = 0; cpu < cpu_seats::most; ++cpu)
      if (!is_allowed(cpu))
        CPU_CLR(cpu, &wanted);
    if (sched_setaffinity(0, sizeof wanted, &wanted) == 0)
      sched_setaffinity(0, sizeof may, &may);
  }
};

static_assert(cpu_seats::most == CPU_SETSIZE);

} // namespace sluice
