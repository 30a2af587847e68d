// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <csignal>

#include <sys/resource.h>

namespace sluice::test {

/// Limits how long the files that this process writes may become while it lives: to a program that writes that is a
/// full disk, also where no disk can be filled.
class file_size_limit {
public:
  explicit file_size_limit(rlim_t bytes) : old_handler_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    (void)std::signal(SIGXFSZ, old_handler_);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

private:
  rlimit old_{};
  void (*old_handler_)(int);
};

} // namespace sluice::test
