// SPDX-License-Identifier: BSD-3-Clause
#include "pauses.hpp"

#include <cstdint>
#include <mutex>

#include "parallel.hpp"

namespace sluice::bench {

namespace {

using clock = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

/// Times at which something may have happened lie so far apart.
constexpr auto step = std::chrono::microseconds{10};

distribution watch_clock(clock::duration lasting) {
  distribution result;
  const auto end = clock::now() + lasting;
  std::uint64_t seen_at_once = 0;
  for (auto happens = clock::now(); happens < end;) {
    const auto now = clock::now();
    for (; happens <= now; happens += step)
      if (const auto delay = now - happens; delay < step)
        ++seen_at_once;
      else
        result.add(milliseconds{delay}.count());
  }
  result.add(0, seen_at_once);
  return result;
}

} // namespace

distribution measure_pauses(std::size_t threads, clock::duration lasting) {
  distribution result;
  std::mutex mutex;
  run_on(threads, [&](std::size_t) {
    auto mine = watch_clock(lasting);
    const std::lock_guard lock{mutex};
    result.add_all(mine);
  });
  return result;
}

} // namespace sluice::bench
