// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sluice/runtime/program/run.hpp>

namespace CLI {
class App;
}

namespace sluice {

/// The command line of a Sluice program, parsed.
class command_line {
public:
  /// The process ends before it does any work: a help text, or a mistake in the arguments.
  struct early_exit {
    int code;
    std::string text; ///< for standard output if the code is 0, else for standard error
  };

  /// @param arguments without the program's name. Throws early_exit.
  command_line(const program_info& info, const std::string& program, std::vector<std::string> arguments);

  /// A context that runs as the command line says, not yet composed.
  std::unique_ptr<streaming_context> make_context() const;

  const std::optional<node_address>& node() const { return node_; }
  const runtime_options& how() const { return how_; }

  /// How long to run; none: until it is stopped.
  std::optional<duration> run_for() const { return run_for_; }

  /// How to show the plan, instead of running; none to run.
  std::optional<plan_format> explain() const { return explain_; }

  /// How often a minute this process may be started again; none: it is not watched.
  std::optional<std::uint32_t> supervise() const { return supervise_; }
  /// Where to copy the checkpoint at a graceful end; empty for nowhere.
  const std::string& savepoint() const { return savepoint_; }

  const std::string& log_level() const { return log_level_; }

  /// "text" or "json".
  const std::string& log_format() const { return log_format_; }

private:
  struct raw_values;

  /// The program's own arguments.
  static void add_own(CLI::App& app, const program_info& info, raw_values& raw, bool are_required);
  /// The options of every program.
  void add_options(CLI::App& app, raw_values& raw);
  void add_checkpoint_options(CLI::App& app, raw_values& raw);
  void add_ui_options(CLI::App& app, raw_values& raw);
  void interpret(const raw_values& raw);
  void interpret_error_policy(const raw_values& raw);
  void interpret_ui(const raw_values& raw);

  std::vector<std::string> given_;
  std::vector<std::pair<std::string, std::string>> arguments_; ///< the program's own, by name
  duration interval_{1000};
  runtime_options how_;
  std::size_t print_limit_ = 10;
  std::optional<node_address> node_;
  std::optional<duration> run_for_;
  std::optional<plan_format> explain_;
  std::optional<error_policy> on_error_; ///< none: as the program says
  std::optional<restart_policy> restart_;
  std::optional<std::uint32_t> supervise_;
  std::string savepoint_;
  std::string log_level_ = "info";
  std::string log_format_ = "text";
  std::vector<detail::shown_setting> settings_;
};

} // namespace sluice
