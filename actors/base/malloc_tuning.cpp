// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/malloc_tuning.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace sluice {

using namespace std::chrono_literals;

#if defined(__GLIBC__)

namespace {

bool environment_has_settings() {
  for (auto** variable = environ; *variable != nullptr; ++variable)
    if (const std::string_view x{*variable}; x.starts_with("MALLOC_") || x.starts_with("GLIBC_TUNABLES=glibc.malloc."))
      return true;
  return false;
}

} // namespace

void tune_malloc() {
  if (environment_has_settings())
    return;
  constexpr int mib = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * mib); // blocks below it come from the heap; the largest value that is allowed
  mallopt(M_TRIM_THRESHOLD, 1024 * mib);
  mallopt(M_TOP_PAD, 16 * mib);
}

namespace {

std::uint64_t resident_bytes() {
  const auto file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return 0;
  std::array<char, 64> text{};
  const auto size = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  std::uint64_t pages = 0;
  if (const auto* space = size <= 0 ? nullptr : std::strchr(text.data(), ' '))
    pages = std::strtoull(space, nullptr, 10);
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// The time of the next look. Nothing else depends on this clock.
class trimmer {
public:
  void look(std::uint64_t budget) {
    const std::unique_lock lock{mutex_, std::try_to_lock};
    const auto now = clock::now();
    if (!lock || now < next_)
      return;
    next_ = now + 100ms;
    const auto before = resident_bytes();
    if (before < budget || now < next_trim_ || mallinfo2().fordblks < budget / 8)
      return;
    malloc_trim(0);
    const auto after = resident_bytes();
    next_trim_ = now + (before > after + budget / 16 ? 1s : 10s);
  }

private:
  using clock = std::chrono::steady_clock;

  std::mutex mutex_;
  clock::time_point next_;
  clock::time_point next_trim_;
};

} // namespace

void trim_memory(std::uint64_t budget) {
  static trimmer of_process;
  of_process.look(budget);
}

#else

void tune_malloc() {}

void trim_memory(std::uint64_t) {}

#endif

} // namespace sluice
