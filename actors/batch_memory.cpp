// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch_memory.hpp>

#include <string_view>

#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace sluice {

#if defined(__GLIBC__)

namespace {

bool environment_has_settings() {
  for (auto** variable = environ; *variable != nullptr; ++variable)
    if (const std::string_view x{*variable}; x.starts_with("MALLOC_") || x.starts_with("GLIBC_TUNABLES=glibc.malloc."))
      return true;
  return false;
}

} // namespace

void keep_batch_memory() {
  if (environment_has_settings())
    return;
  constexpr int mib = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * mib); // blocks below it come from the heap; the largest value that is allowed
  mallopt(M_TRIM_THRESHOLD, 1024 * mib);
  mallopt(M_TOP_PAD, 16 * mib);
}

#else

void keep_batch_memory() {}

#endif

} // namespace sluice
