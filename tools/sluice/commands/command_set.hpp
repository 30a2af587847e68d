// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <sluice/tool/client/failure.hpp>
#include <sluice/tool/client/program_client.hpp>
#include <sluice/tool/terminal/surroundings.hpp>

namespace CLI {
class App;
} // namespace CLI

namespace sluice::tool {

/// The commands of the tool, and what they share: where the program is, and how to show what it says.
class command_set {
public:
  using action = std::function<exit_code()>;

  explicit command_set(const surroundings& in);
  command_set(const command_set&) = delete;
  command_set& operator=(const command_set&) = delete;
  ~command_set();

  /// A command that needs no program. `example` stands at the end of its --help.
  CLI::App& add(const std::string& name, const std::string& about, const std::string& example, action run);

  /// A command that asks a program: it has --at, --token-file and --json as well.
  CLI::App& add_asking(const std::string& name, const std::string& about, const std::string& example, action run);

  /// Adds --json to a command.
  void add_json(CLI::App& to);

  /// Reads the command line, the tool's name left out, and does what it says.
  exit_code run(std::vector<std::string> arguments);

  const CLI::App& root() const { return *root_; }
  CLI::App& root() { return *root_; }
  const surroundings& where() const { return in_; }

  /// The program that the command line names.
  program_client client() const { return client(in_.limits); }
  program_client client(const http_limits& limits) const;

  bool wants_json() const { return wants_json_; }

  /// Writes an answer as JSON if --json is given, else as the function shows it.
  void show(const nlohmann::json& answer, const std::function<std::string(const nlohmann::json&)>& view) const;

private:
  struct command {
    CLI::App* syntax;
    action run;
  };

  surroundings in_;
  std::unique_ptr<CLI::App> root_;
  std::vector<command> commands_;
  std::string at_;
  std::string token_file_;
  bool wants_json_ = false;
};

/// The help of the tool or of a command.
std::string help_of(const CLI::App& x);

/// As text that any terminal can take: indented, and everything but ASCII escaped.
std::string indented(const nlohmann::json& x);

} // namespace sluice::tool
