// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include <termios.h>

namespace sluice::tool {

/// The whole window of the terminal, for pictures that follow each other. The destructor gives back the terminal as it
/// was. While a screen lives, SIGINT, SIGTERM, SIGHUP, SIGTSTP and SIGWINCH come to `wait` alone. One at a time.
class screen {
public:
  /// What the reader, the window or the clock wants next.
  enum class wish { next_picture, same_picture, end };

  /// Throws std::system_error if signals cannot be waited for.
  screen();
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;
  ~screen();

  /// Shows printable lines in place of the last picture.
  void show(const std::vector<std::string>& lines) const;

  /// Waits until the time is over, the window has another size, or the reader has had enough: q, Ctrl-C, SIGTERM.
  wish wait(std::chrono::milliseconds time);

private:
  void enter();
  void leave() const;
  wish take_signal();
  wish take_key();

  int signals_ = -1;
  sigset_t before_{};
  bool has_keys_ = false;
  termios cooked_{};
};

} // namespace sluice::tool
