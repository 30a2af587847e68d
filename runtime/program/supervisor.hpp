// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sluice/runtime/driver/restart_budget.hpp>

namespace sluice {

/// How a process has ended.
struct process_end {
  bool by_signal = false;
  int number = 0; ///< of the signal, or the exit code

  /// "with signal 6", "with exit code 1"
  friend std::string to_string(const process_end& x) {
    return (x.by_signal ? "with signal " : "with exit code ") + std::to_string(x.number);
  }
};

/// What becomes of a process that is watched, see `--supervise`. Plain logic.
class supervisor {
public:
  using time_point = restart_budget::time_point;

  /// @param most how often a minute the process is started again.
  explicit supervisor(std::uint32_t most) : budget_{{.max = most}} {}

  /// The process has been asked to stop; from now on its end is the end.
  void asked_to_stop() { asked_ = true; }
  bool is_asked() const { return asked_; }

  /// The process has ended. Returns the pause before it is started again; none: it is not. It is not after success,
  /// wrong usage, and a stop that was asked for, which would come out the same.
  std::optional<duration> ended(process_end how, time_point now);

  std::uint32_t left(time_point now) const { return budget_.left(now); }

private:
  restart_budget budget_;
  bool asked_ = false;
};

/// The exit code that says how a process has ended: its own, or as a shell has it, 128 and the signal.
int exit_code_of(const process_end& how);

/// The arguments without `--supervise N`.
std::vector<std::string> without_supervision(const std::vector<std::string>& arguments);

/// Runs this executable again with these arguments (the first one is its name) as a child process, until the
/// supervisor says that its end is the end. Passes SIGTERM, SIGINT and SIGHUP on to it. If this process dies, the child
/// gets SIGTERM. Returns the exit code. Call it before there are threads.
int run_supervised(const std::vector<std::string>& arguments, supervisor decides);

} // namespace sluice
