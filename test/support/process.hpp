// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

/// How a process ended: by returning `code`, or by `signal` (then `code` is -1).
struct exit_status {
  int code = -1;
  int signal = 0;

  friend bool operator==(const exit_status&, const exit_status&) = default;
};

/// A child process of a system test, in a process group of its own. What it writes is kept from the start; it is read
/// while one of the waiting functions runs, so a child that writes much goes on only while somebody waits.
/// The destructor kills the group (SIGKILL); children that it leaves behind are killed when it ends. Not thread safe.
class process {
public:
  using duration = std::chrono::milliseconds;

  /// Starts `arguments[0]` (looked up in PATH if it has no slash) with these arguments, and with `environment`, each
  /// "NAME=value", added to ours. Throws std::system_error if that cannot be done.
  explicit process(std::vector<std::string> arguments, std::vector<std::string> environment = {});
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  ~process();

  pid_t pid() const { return pid_; }

  /// Everything read from the child's standard output and standard error so far.
  const std::string& out() const { return out_.text; }
  const std::string& err() const { return err_.text; }

  /// Writes all of `bytes` to the child's standard input. False if it was closed there or the time is over.
  bool write(std::string_view bytes, duration timeout = std::chrono::seconds{10});
  /// The child reads the end of its input.
  void close_input();

  /// Reads until `done()`, until the child has ended (then everything it wrote was read) or until the time is over.
  /// Returns the last `done()`.
  bool wait_until(const std::function<bool()>& done, duration timeout = std::chrono::seconds{10});
  /// Whether standard output holds `text`, or a match of the expression, within the time.
  bool wait_for_output(std::string_view text, duration timeout = std::chrono::seconds{10});
  bool wait_for_output(const std::regex& expression, duration timeout = std::chrono::seconds{10});
  /// The same for standard error.
  bool wait_for_error(std::string_view text, duration timeout = std::chrono::seconds{10});

  /// Sends a signal to the child; nothing happens once it has ended.
  void signal(int number);

  /// The exit status, once the child has ended (then everything it wrote was read); nothing if the time is over before.
  std::optional<exit_status> wait(duration timeout = std::chrono::seconds{10});

private:
  using clock = std::chrono::steady_clock;

  /// A pipe's end of ours, and what was read from it.
  struct stream {
    int fd = -1;
    std::string text;
  };

  /// Waits until `deadline` for one thing to happen, and takes it in: output, the child's end, or room in its input.
  void step(clock::time_point deadline, bool wants_to_write = false);
  /// Kills what is left of the group and takes the child's status and the rest of its output.
  void reap();

  pid_t pid_ = -1;
  int pidfd_ = -1;
  int in_ = -1;
  stream out_;
  stream err_;
  std::optional<exit_status> status_;
};

} // namespace sluice::test
