// SPDX-License-Identifier: BSD-3-Clause
//
// A program that links this calls these functions in place of the C library's, which then do the work: the dynamic
// linker prefers the program's. A thread counts in a cache line of its own, so counting takes a few instructions.
#include "allocations.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

namespace sluice::bench {

namespace {

struct alignas(64) counter {
  std::atomic<std::uint64_t> count = 0;
};

constexpr std::size_t most_threads = 1024;

constinit std::array<counter, most_threads> counters;

} // namespace

std::uint64_t allocation_count() {
  std::uint64_t result = 0;
  for (const auto& x : counters)
    result += x.count.load(std::memory_order_relaxed);
  return result;
}

#ifndef __SANITIZE_ADDRESS__

namespace {

constinit std::atomic<std::size_t> threads = 0;
constinit thread_local counter* mine = nullptr;

void count_allocation() {
  // Threads beyond the last counter share it, and may lose a few.
  if (mine == nullptr) [[unlikely]]
    mine = &counters[std::min(threads.fetch_add(1, std::memory_order_relaxed), most_threads - 1)];
  mine->count.store(mine->count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

} // namespace

#endif

} // namespace sluice::bench

#ifndef __SANITIZE_ADDRESS__

// NOLINTBEGIN(bugprone-reserved-identifier): glibc's names
extern "C" {

void* __libc_malloc(std::size_t n);
void* __libc_calloc(std::size_t n, std::size_t each);
void* __libc_realloc(void* p, std::size_t n);
void* __libc_memalign(std::size_t alignment, std::size_t n);

void* malloc(std::size_t n) noexcept {
  sluice::bench::count_allocation();
  return __libc_malloc(n);
}

void* calloc(std::size_t n, std::size_t each) noexcept {
  sluice::bench::count_allocation();
  return __libc_calloc(n, each);
}

void* realloc(void* p, std::size_t n) noexcept {
  sluice::bench::count_allocation();
  return __libc_realloc(p, n);
}

void* memalign(std::size_t alignment, std::size_t n) noexcept {
  sluice::bench::count_allocation();
  return __libc_memalign(alignment, n);
}

void* aligned_alloc(std::size_t alignment, std::size_t n) noexcept { return memalign(alignment, n); }

int posix_memalign(void** result, std::size_t alignment, std::size_t n) noexcept {
  const auto is_power_of_two = alignment != 0 && (alignment & (alignment - 1)) == 0;
  if (!is_power_of_two || alignment % sizeof(void*) != 0)
    return EINVAL;
  auto* const p = memalign(alignment, n);
  if (p == nullptr)
    return ENOMEM;
  *result = p;
  return 0;
}

} // extern "C"
// NOLINTEND(bugprone-reserved-identifier)

#endif
