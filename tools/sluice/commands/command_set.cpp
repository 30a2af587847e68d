// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/command_set.hpp>

#include <algorithm>
#include <ostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <sluice/tool/client/token_file.hpp>
#include <sluice/tool/text/printable.hpp>

namespace sluice::tool {

namespace {

constexpr auto about_tool = "Shows and steers a running program of Sluice.";
constexpr auto end_of_help = "Exit codes: 0 all is well, 1 a warning or a failure, 2 wrong usage, 3 nobody answers.\n"
                             "sluice COMMAND --help says more of a command.";

bool is_unknown_command(const CLI::ParseError& x, const CLI::App& root) {
  return x.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && root.get_subcommands().empty();
}

void add_address(CLI::App& to, std::string& at, std::string& token_file) {
  to.add_option("--at", at, "Where the driver of the program listens (default: SLUICE_AT, else 127.0.0.1:4040)")
      ->type_name("HOST:PORT");
  to.add_option("--token-file", token_file, "The file with the token of the page, if it has one")->type_name("FILE");
}

} // namespace

command_set::command_set(const surroundings& in)
    : in_{in}, root_{std::make_unique<CLI::App>(about_tool, "sluice")}, at_{in.at} {
  root_->set_help_flag("-h,--help", "Explain this, and end");
  root_->set_version_flag("--version", "sluice " SLUICE_TOOL_VERSION, "Say which version this is, and end");
  root_->require_subcommand(0, 1); // so a second one is an argument of the first: help status
  root_->footer(end_of_help);
  root_->get_formatter()->column_width(28);
  add_address(*root_, at_, token_file_);
}

command_set::~command_set() = default;

CLI::App& command_set::add(const std::string& name, const std::string& about, const std::string& example, action run) {
  auto* const result = root_->add_subcommand(name, about);
  result->footer("Example:\n  " + example);
  commands_.push_back({result, std::move(run)});
  return *result;
}

CLI::App& command_set::add_asking(const std::string& name, const std::string& about, const std::string& example,
                                  action run) {
  auto& result = add(name, about, example, std::move(run));
  add_address(result, at_, token_file_);
  add_json(result);
  return result;
}

void command_set::add_json(CLI::App& to) { to.add_flag("--json", wants_json_, "Print JSON, for scripts"); }

exit_code command_set::run(std::vector<std::string> arguments) {
  try {
    std::ranges::reverse(arguments); // CLI11 takes them last first
    root_->parse(std::move(arguments));
    const auto chosen = root_->get_subcommands();
    if (chosen.empty())
      throw failure{exit_code::usage, "give a command; sluice --help lists them"};
    return std::ranges::find(commands_, chosen.front(), &command::syntax)->run();
  } catch (const CLI::CallForHelp&) {
    const auto chosen = root_->get_subcommands();
    in_.out << help_of(chosen.empty() ? *root_ : *chosen.front());
    return exit_code::well;
  } catch (const CLI::CallForVersion& x) {
    in_.out << x.what() << '\n';
    return exit_code::well;
  } catch (const CLI::ParseError& x) {
    if (is_unknown_command(x, *root_)) {
      in_.err << "sluice: there is no command or option '" << printable(root_->remaining().front())
              << "'; sluice --help lists them\n";
      return exit_code::usage;
    }
    const auto chosen = root_->get_subcommands();
    const auto command = chosen.empty() ? std::string{} : ' ' + chosen.front()->get_name();
    in_.err << "sluice: " << printable(x.what()) << "; see sluice" << command << " --help\n";
    return exit_code::usage;
  } catch (const failure& x) {
    in_.err << "sluice: " << x.what() << '\n';
    return x.code();
  }
}

program_client command_set::client(const http_limits& limits) const {
  return {parse_server_address(at_), token_file_.empty() ? std::string{} : read_token(token_file_), limits};
}

void command_set::show(const nlohmann::json& answer,
                       const std::function<std::string(const nlohmann::json&)>& view) const {
  in_.out << (wants_json_ ? indented(answer) + '\n' : view(answer)) << std::flush;
}

std::string help_of(const CLI::App& x) {
  // Not by its own function, which would help with the command that was given.
  const auto name = x.get_parent() == nullptr ? x.get_name() : x.get_parent()->get_name() + ' ' + x.get_name();
  auto result = x.get_formatter()->make_help(&x, name, CLI::AppFormatMode::Normal);
  return result.ends_with('\n') ? result : result.append("\n");
}

std::string indented(const nlohmann::json& x) { return x.dump(2, ' ', true, nlohmann::json::error_handler_t::replace); }

} // namespace sluice::tool
