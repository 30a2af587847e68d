// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/interruption.hpp>

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace sluice {

interruption::interruption() : event_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (!event_)
    throw std::system_error{errno, std::generic_category(), "eventfd"};
}

void interruption::set() { eventfd_write(event_.get(), 1); }

void interruption::reset() {
  eventfd_t value = 0;
  eventfd_read(event_.get(), &value);
}

} // namespace sluice
