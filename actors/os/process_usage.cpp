// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/process_usage.hpp>

#include <chrono>
#include <fstream>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace sluice {

namespace {

using std::chrono::duration;

constexpr duration<double> shortest{0.5};

double seconds_of(const timeval& x) { return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) * 1e-6; }

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

unsigned usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set)) : 1;
}

/// From the system's table of this process: pages in all, then those in memory.
std::uint64_t resident_bytes() {
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  std::ifstream{"/proc/self/statm"} >> all >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

} // namespace

process_usage usage_meter::look() {
  process_usage result;
  result.cores = usable_cores();
  result.cpu_seconds = cpu_seconds();
  result.resident_bytes = resident_bytes();
  const std::lock_guard lock{mutex_};
  const auto now = clock::now();
  result.uptime = std::chrono::duration_cast<std::chrono::microseconds>(now - made_);
  const auto is_due = !at_ || now - *at_ >= shortest;
  if (at_ && is_due)
    cpu_share_ = (result.cpu_seconds - cpu_seconds_) / duration<double>{now - *at_}.count();
  if (is_due) {
    at_ = now;
    cpu_seconds_ = result.cpu_seconds;
  }
  result.cpu_share = cpu_share_;
  return result;
}

} // namespace sluice
