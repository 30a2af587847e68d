// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sys/types.h>

namespace sluice::bench {

/// A process of its own that sends a text so many times to the first who connects, as fast as it is taken, and closes
/// the connection. It ends with this object, or with this process.
class text_sender {
public:
  /// Forks: to be made before the process has a second thread. Throws std::system_error if it cannot.
  text_sender(std::string_view text, std::size_t times);
  ~text_sender();
  text_sender(const text_sender&) = delete;
  text_sender& operator=(const text_sender&) = delete;

  /// Where it listens on 127.0.0.1.
  std::uint16_t port() const { return port_; }

private:
  std::uint16_t port_;
  pid_t process_;
};

} // namespace sluice::bench
