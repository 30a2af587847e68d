// SPDX-License-Identifier: BSD-3-Clause
//
// The linker takes these instead of the ones of the C library, also for libraries of the system.
#include "broken_machine.hpp"

#include <thread>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace {

void wait_for_disk() {
  if (const auto time = broken_machine::slow_sync.load(); time.count() != 0)
    std::this_thread::sleep_for(time);
}

} // namespace

extern "C" {

int fdatasync(int file) {
  wait_for_disk();
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}

int fsync(int file) {
  wait_for_disk();
  return static_cast<int>(::syscall(SYS_fsync, file));
}

int msync(void* at, std::size_t size, int flags) {
  wait_for_disk();
  return static_cast<int>(::syscall(SYS_msync, at, size, flags));
}

int clock_gettime(clockid_t which, timespec* t) noexcept {
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, which, t));
  if (which == CLOCK_REALTIME)
    t->tv_sec -= broken_machine::set_back.load().count();
  return result;
}
}
