// SPDX-License-Identifier: BSD-3-Clause
//
// The syntax of the tool as plain values. Completion scripts and the manual page are made of these, so no second list
// of commands and options has to be kept.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace sluice::tool {

struct option_syntax {
  std::vector<std::string> names; ///< with their dashes, the short ones first; of an argument its name alone
  std::string value;              ///< as HOST:PORT; empty if it takes none
  bool value_is_optional = false;
  std::string about;

  /// The values that can be listed: those of a value such as text|dot|mermaid.
  std::vector<std::string> choices() const;
};

struct command_syntax {
  std::string name;
  std::string about;
  std::string footer;
  std::vector<option_syntax> options;
  std::vector<option_syntax> arguments;
  std::vector<command_syntax> commands;
};

command_syntax syntax_of(const CLI::App& x);

} // namespace sluice::tool
