// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sluice/runtime/program/streaming_context.hpp>

namespace sluice {

/// A value that the program takes on its command line, by position.
struct program_argument {
  std::string name; ///< "HOST": how `--help` shows it and `streaming_context::argument` finds it
  std::string help;
  std::optional<std::string> fallback = {}; ///< its value if it is left out; none: it must be given
};

/// A value that the program takes by name: `--top 10`.
struct program_option {
  std::string name; ///< "--top": how `streaming_context::argument` finds it
  std::string what; ///< "N": how `--help` shows its value
  std::string help;
  std::string fallback; ///< its value if it is left out
};

/// A switch: `--verbose`. `argument<bool>("--verbose")` says whether it was given.
struct program_flag {
  std::string name; ///< "--verbose"
  std::string help;
};

/// The description of a program.
struct program_info {
  std::string about; ///< one sentence for --help
  std::vector<program_argument> arguments = {};
  duration interval{1000}; ///< the batch interval, unless --interval says otherwise
  std::vector<program_option> options = {};
  std::vector<program_flag> flags = {};
  std::string version = {}; ///< of the program, for --version; Sluice's own is printed too
};

/// The exit codes of `run`.
enum exit_code : int {
  exit_success = 0, ///< stopped as asked
  exit_failure = 1, ///< something failed at run time, or something it needs is missing
  exit_usage = 2,   ///< the command line or the composition makes no sense
  /// It was asked to stop and could not process in time everything it had received, or a function did not return.
  exit_unfinished = 3,
};

/// The main function of a Sluice program. It owns the command line (see --help). The same binary is the driver, a
/// driver that spreads over workers (--nodes), or a worker (--node). `compose` builds the streams. It runs once on the
/// driver and once per driver on each worker, and must build the same topology there. SIGINT and SIGTERM stop
/// gracefully: everything received is processed, as far as --graceful-timeout allows. A second signal stops at once,
/// and a third one does not even wait for the function that runs. The program first says why it ends. If a function
/// then does not return within seconds, it is named and the process ends without it. Returns an exit_code.
int run(int argc, char** argv, program_info info, std::function<void(streaming_context&)> compose);
int run(int argc, char** argv, duration interval, std::function<void(streaming_context&)> compose);

} // namespace sluice
