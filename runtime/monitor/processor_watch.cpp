// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/processor_watch.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace sluice {

namespace {

using std::chrono::duration;

constexpr duration<double> shortest{0.5};

double seconds_of(const timeval& x) { return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) * 1e-6; }

} // namespace

/// From the first line of the system's table: user, nice, system, idle, iowait, irq, softirq, steal.
std::optional<processor_watch::reading> processor_watch::read() {
  std::ifstream from{"/proc/stat"};
  std::string label;
  std::array<double, 8> ticks{};
  from >> label;
  for (auto& x : ticks)
    from >> x;
  if (!from || label != "cpu")
    return std::nullopt;
  reading result;
  result.at = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const auto is_idle = i == 3 || i == 4;
    result.all_ticks += ticks[i];
    result.busy_ticks += is_idle ? 0 : ticks[i];
  }
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  result.own_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
  return result;
}

std::optional<processor_use> processor_watch::look() {
  const auto now = read();
  if (!now)
    return std::nullopt;
  if (!last_) {
    last_ = now;
    return std::nullopt;
  }
  const auto span = duration<double>{now->at - last_->at};
  const auto ticks = now->all_ticks - last_->all_ticks;
  if (span < shortest || ticks <= 0)
    return std::nullopt;
  processor_use result;
  result.cores = static_cast<double>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  result.own = (now->own_seconds - last_->own_seconds) / span.count();
  const auto all = (now->busy_ticks - last_->busy_ticks) / ticks * result.cores;
  result.others = std::max(0.0, all - result.own);
  last_ = now;
  return result;
}

} // namespace sluice
