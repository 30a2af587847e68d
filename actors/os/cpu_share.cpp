// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/cpu_share.hpp>

#include <thread>

#include <time.h>

namespace sluice::detail {

namespace {

std::chrono::nanoseconds read_clock(clockid_t which) {
  timespec now{};
  ::clock_gettime(which, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

} // namespace

bounded_thread::bounded_thread(const cpu_share::limits& how)
    : share_{how, read_clock(CLOCK_THREAD_CPUTIME_ID), read_clock(CLOCK_MONOTONIC)} {}

void bounded_thread::rest() {
  const auto length = share_.rest(read_clock(CLOCK_THREAD_CPUTIME_ID), read_clock(CLOCK_MONOTONIC));
  if (length > length.zero())
    std::this_thread::sleep_for(length);
}

} // namespace sluice::detail
