// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/manual_page.hpp>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace sluice::tool {

namespace {

/// As text of troff: what it would take for a command of its own is escaped.
std::string plain(std::string_view text) {
  std::string result;
  for (const auto x : text) {
    const auto is_line_start = result.empty() || result.back() == '\n';
    if (is_line_start && (x == '.' || x == '\''))
      result += "\\&";
    if (x == '\\')
      result += "\\e";
    else if (x == '-')
      result += "\\-";
    else
      result += x;
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + plain(text) + "\\fR"; }

std::string italic(std::string_view text) { return "\\fI" + plain(text) + "\\fR"; }

void append_options(std::string& to, const std::vector<option_syntax>& options) {
  for (const auto& x : options) {
    std::string names;
    for (const auto& name : x.names)
      names.append(names.empty() ? "" : ", ").append(bold(name));
    if (!x.value.empty())
      names.append(x.value_is_optional ? " [" : " ").append(italic(x.value)).append(x.value_is_optional ? "]" : "");
    to.append(".TP\n").append(names).append("\n").append(plain(x.about)).append("\n");
  }
}

/// "Example:" and an indented line become a block of their own.
void append_footer(std::string& to, std::string_view footer) {
  if (footer.empty())
    return;
  to.append(".PP\n.nf\n").append(plain(footer)).append("\n.fi\n");
}

void append_command(std::string& to, const std::string& tool, const command_syntax& x) {
  to.append(".SS ").append(tool).append(" ").append(plain(x.name));
  for (const auto& argument : x.arguments)
    to.append(" ").append(plain(argument.names.front()));
  to.append("\n").append(plain(x.about)).append(".\n");
  append_options(to, x.arguments);
  append_options(to, x.options);
  append_footer(to, x.footer);
}

} // namespace

std::string manual_page(const command_syntax& of, const std::string& version) {
  auto title = of.name;
  std::ranges::transform(title, title.begin(), [](unsigned char x) { return std::toupper(x); });
  std::string result;
  result.append(".TH ").append(title).append(" 1 \"\" \"Sluice ").append(version).append("\" \"User Commands\"\n");
  result.append(".SH NAME\n").append(of.name).append(" \\- shows and steers a running program of Sluice\n");
  result.append(".SH SYNOPSIS\n").append(bold(of.name)).append(" ").append(italic("COMMAND")).append(" [");
  result.append(italic("OPTION")).append("]...\n.SH DESCRIPTION\n").append(plain(of.about)).append("\n.SH OPTIONS\n");
  append_options(result, of.options);
  result.append(".SH COMMANDS\n");
  for (const auto& x : of.commands)
    append_command(result, of.name, x);
  result.append(".SH ENVIRONMENT\n.TP\n").append(bold("SLUICE_AT"));
  result.append("\nWhere the driver of the program listens, if \\-\\-at is not given.\n.TP\n").append(bold("NO_COLOR"));
  result.append("\nIf it is set, nothing has colours.\n.SH EXIT STATUS\n");
  constexpr std::string_view codes[] = {"All is well", "A warning, or a failure", "Wrong usage", "Nobody answers"};
  for (std::size_t i = 0; i < std::size(codes); ++i)
    result.append(".TP\n").append(bold(std::to_string(i))).append("\n").append(codes[i]).append(".\n");
  return result;
}

} // namespace sluice::tool
