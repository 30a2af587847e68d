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

/// The part of `sluice::run` that is a driver: runs one program in a process of its own. Signals are taken from its
/// construction on; what the program ends for is said before anything is torn down; and the process ends, whatever a
/// function of the user's does.
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

  /// Who of the program is still there.
  std::vector<std::string> present();

  /// What the last resort says: `why`, and who does not return.
  std::string last_words(const std::string& why);

  const command_line& given_;
  std::mutex mutex_;
  streaming_context* running_ = nullptr; ///< while signals concern it
  bool asked_ = false;
  int code_ = 0;
  bool told_ = false; ///< the reason has been said
  last_resort last_resort_;
  signal_watch signals_; ///< its thread uses all of the above
};

/// "a; b; c and 4 more"
std::string list_of_present(const std::vector<std::string>& who);

} // namespace sluice
