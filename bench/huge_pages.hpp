// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#include <sys/mman.h>

namespace sluice::bench {

/// Puts large arrays on pages of 2 MiB where the kernel is willing: probing them at random misses the TLB less.
template <class T>
struct huge_page_allocator {
  using value_type = T;

  huge_page_allocator() = default;
  template <class U>
  huge_page_allocator(const huge_page_allocator<U>&) {}

  T* allocate(std::size_t n) {
    constexpr std::size_t page = std::size_t{2} << 20;
    const auto bytes = n * sizeof(T);
    if (bytes < page / 2)
      return checked(std::aligned_alloc(alignof(T), bytes));
    const auto rounded = (bytes + page - 1) / page * page;
    auto* const result = checked(std::aligned_alloc(page, rounded));
    madvise(result, rounded, MADV_HUGEPAGE);
    return result;
  }

  void deallocate(T* p, std::size_t) { std::free(p); }

  friend bool operator==(const huge_page_allocator&, const huge_page_allocator&) { return true; }

private:
  static T* checked(void* p) {
    if (p == nullptr)
      throw std::bad_alloc{};
    return static_cast<T*>(p);
  }
};

template <class T>
using huge_vector = std::vector<T, huge_page_allocator<T>>;

} // namespace sluice::bench
