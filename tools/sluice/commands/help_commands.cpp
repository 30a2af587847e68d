// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/commands.hpp>

#include <memory>
#include <ostream>
#include <utility>

#include <CLI/CLI.hpp>

#include <sluice/tool/commands/command_set.hpp>
#include <sluice/tool/commands/completion.hpp>
#include <sluice/tool/commands/manual_page.hpp>
#include <sluice/tool/text/printable.hpp>

namespace sluice::tool {

namespace {

void add_completion(command_set& to) {
  const auto shell = std::make_shared<std::string>();
  auto& syntax = to.add("completion", "Print a script by which a shell completes commands and options",
                        "source <(sluice completion bash)", [&to, shell] {
                          const auto all = syntax_of(to.root());
                          to.where().out << (*shell == "bash"  ? bash_completion(all)
                                             : *shell == "zsh" ? zsh_completion(all)
                                                               : fish_completion(all));
                          return exit_code::well;
                        });
  syntax.add_option("SHELL", *shell, "The shell that reads it")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""))
      ->type_name("bash|zsh|fish")
      ->required();
}

void add_help(command_set& to) {
  struct options {
    std::string command;
    bool as_manual = false;
  };
  const auto given = std::make_shared<options>();
  auto& syntax =
      to.add("help", "Explain the tool, or one of its commands", "sluice help --man > sluice.1", [&to, given] {
        if (given->as_manual) {
          to.where().out << manual_page(syntax_of(to.root()), SLUICE_TOOL_VERSION);
          return exit_code::well;
        }
        if (given->command.empty()) {
          to.where().out << help_of(to.root());
          return exit_code::well;
        }
        const auto found = std::as_const(to).root().get_subcommands(
            [&given](const CLI::App* x) { return x->get_name() == given->command; });
        if (found.empty())
          throw failure{exit_code::usage,
                        "there is no command '" + printable(given->command) + "'; sluice --help lists them"};
        to.where().out << help_of(*found.front());
        return exit_code::well;
      });
  syntax.add_option("COMMAND", given->command, "The command to explain")->type_name("");
  syntax.add_flag("--man", given->as_manual, "Print the manual page of all commands, for man");
}

} // namespace

void add_help_commands(command_set& to) {
  add_completion(to);
  add_help(to);
}

} // namespace sluice::tool
