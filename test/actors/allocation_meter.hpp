// SPDX-License-Identifier: BSD-3-Clause
//
// Counts what operator new is asked for in the whole process. Include it in one source file of a test only: it replaces
// the global operators.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace sluice::test {

/// What this thread has allocated since the last `reset_allocations`.
struct allocation_meter {
  std::size_t count = 0;
  std::size_t largest = 0;
};

inline thread_local allocation_meter allocations;

inline void reset_allocations() { allocations = {}; }

inline void* metered_allocation(std::size_t size) {
  ++allocations.count;
  allocations.largest = std::max(allocations.largest, size);
  if (auto* result = std::malloc(std::max<std::size_t>(size, 1)))
    return result;
  throw std::bad_alloc{};
}

} // namespace sluice::test

void* operator new(std::size_t size) { return sluice::test::metered_allocation(size); }
void* operator new[](std::size_t size) { return sluice::test::metered_allocation(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
