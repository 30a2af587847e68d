// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/program/command_line.hpp>
#include <sluice/runtime/program/last_resort.hpp>
#include <sluice/runtime/program/signal_watch.hpp>

namespace sluice {

/// The driver's part of `sluice::run`: runs one program in a process of its own. It takes signals from its construction
/// on. It says why the program ends before it tears anything down. The process always ends, even if a function of the
/// user does not return.
class driver_run {
public:
  explicit driver_run(const command_line& given);

  /// Returns the exit code. Throws usage_error, or runtime_failure of a program that could not be started.
  int run(const std::function<void(streaming_context&)>& compose);

private:
  void signalled(int count);
  void ask_to_stop(stop_mode mode);

  /// The program ends, and this is why; called from the runtime.
  void stopped(const error& why);

  /// Copies the checkpoint as the command line says, after a stop that was asked for and was graceful.
  void write_savepoint(streaming_context& of);

  /// The parts of the program that are still there.
  std::vector<std::string> present();

  /// The text of the last resort: `why`, and the functions that do not return.
  std::string last_words(const std::string& why);

  const command_line& given_;
  std::mutex mutex_;
  streaming_context* running_ = nullptr; ///< while signals concern it
  bool asked_ = false;
  bool hurried_ = false; ///< to stop at once
  int code_ = 0;
  bool told_ = false; ///< the reason has been said
  last_resort last_resort_;
  signal_watch signals_; ///< its thread uses all of the above
};

/// "a; b; c and 4 more"
std::string list_of_present(const std::vector<std::string>& who);

} // namespace sluice
