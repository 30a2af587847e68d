// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/descriptor.hpp>

#include <unistd.h>

namespace sluice {

descriptor& descriptor::operator=(descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

descriptor::~descriptor() {
  if (fd_ >= 0)
    ::close(fd_);
}

} // namespace sluice
