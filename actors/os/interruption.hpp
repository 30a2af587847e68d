// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/os/descriptor.hpp>

namespace sluice {

/// Ends the waiting of another thread, now or later, until it is reset. Thread safe.
class interruption {
public:
  /// Throws std::system_error if the process has no descriptor left.
  interruption();

  void set();
  void reset();
  int fd() const { return event_.get(); }

private:
  descriptor event_;
};

} // namespace sluice
