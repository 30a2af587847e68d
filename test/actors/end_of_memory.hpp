// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <new>

#include <sys/mman.h>
#include <unistd.h>

namespace sluice::test {

/// A page of memory behind which there is none: who reads on is killed.
class end_of_memory {
public:
  end_of_memory() : memory_{mmap(nullptr, 2 * size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)} {
    if (memory_ == MAP_FAILED || mprotect(end(), size(), PROT_NONE) != 0)
      throw std::bad_alloc{};
  }
  ~end_of_memory() { munmap(memory_, 2 * size()); }
  end_of_memory(const end_of_memory&) = delete;
  end_of_memory& operator=(const end_of_memory&) = delete;

  /// Where the page begins and ends.
  char* begin() const { return static_cast<char*>(memory_); }
  char* end() const { return begin() + size(); }

private:
  static std::size_t size() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

  void* memory_;
};

} // namespace sluice::test
