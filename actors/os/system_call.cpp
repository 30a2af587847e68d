// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/system_call.hpp>

#include <sluice/actors/os/blocking_section.hpp>

#include <algorithm>

#include <poll.h>
#include <unistd.h>

namespace sluice {

int poll_for(pollfd& what, std::chrono::milliseconds patience) {
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + patience;
  return uninterrupted([&] {
    const auto left = std::max(std::chrono::ceil<std::chrono::milliseconds>(end - clock::now()), {});
    return ::poll(&what, 1, static_cast<int>(left.count()));
  });
}

int sync_to_disk(int fd) {
  const blocking_section waits;
  return uninterrupted([fd] { return ::fsync(fd); }) == 0 ? 0 : errno;
}

} // namespace sluice
