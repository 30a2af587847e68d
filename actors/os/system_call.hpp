// SPDX-License-Identifier: BSD-3-Clause
//
// Signals interrupt system calls; that is no failure of theirs. The one place that knows.
#pragma once

#include <cerrno>
#include <chrono>

struct pollfd;

namespace sluice {

/// What `call` returns in the end: it is made again as long as a signal interrupts it (-1, EINTR). Not for `close`, nor
/// for `connect`, which goes on by itself.
template <class Call>
auto uninterrupted(Call call) {
  for (;;)
    if (const auto result = call(); result != -1 || errno != EINTR)
      return result;
}

/// `poll` of one descriptor, for at most `patience` in all, however often a signal interrupts it.
int poll_for(pollfd& what, std::chrono::milliseconds patience);

/// Waits until what was written to a file, or the names in a directory, are on the disk: 0, or the error number. Keeps
/// no worker of the scheduler from other work.
int sync_to_disk(int fd);

} // namespace sluice
