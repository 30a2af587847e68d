// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace sluice::bench {

/// Another process of this same program.
class child_process {
public:
  /// Starts it, and waits until its standard error has `ready` in a line. Throws std::system_error if it cannot be
  /// started, std::runtime_error if it ends before.
  child_process(std::vector<std::string> arguments, const std::string& ready);

  /// Ends it at once, if `finish` has not.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// Waits until it has written `text` to standard error, behind what was waited for before. Throws std::runtime_error
  /// if it ends before.
  void wait_until_said(const std::string& text);

  /// Asks it to end (SIGTERM), waits until it has, and returns what it wrote to standard output.
  std::string finish();

private:
  void wait();

  pid_t process_ = -1;
  int out_ = -1;
  int err_ = -1;     ///< kept open, so that its log finds somebody
  std::string said_; ///< on standard error, and not yet waited for
};

} // namespace sluice::bench
