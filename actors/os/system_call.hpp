// SPDX-License-Identifier: BSD-3-Clause
//
// Signals interrupt system calls, which is no failure. This is the one place that handles it.
#pragma once

#include <cerrno>
#include <chrono>

struct pollfd;

namespace sluice {

/// The final result of `call`, which is repeated as long as a signal interrupts it (-1, EINTR). Not for `close`, nor
/// for `connect`, which goes on by itself.
template <class Call>
auto uninterrupted(Call call) {
  for (;;)
    if (const auto result = call(); result != -1 || errno != EINTR)
      return result;
}

/// `poll` of one descriptor, for at most `patience` in all, however often a signal interrupts it.
int poll_for(pollfd& what, std::chrono::milliseconds patience);

/// Waits until the content of a file, or the names in a directory, are on the disk. Returns 0 or the error number. Does
/// not keep a worker thread from other work.
int sync_to_disk(int fd);

} // namespace sluice
