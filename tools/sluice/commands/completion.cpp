// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/completion.hpp>

#include <string_view>

namespace sluice::tool {

namespace {

std::string joined_by(const std::vector<std::string>& parts, std::string_view by) {
  std::string result;
  for (const auto& x : parts)
    result.append(result.empty() ? "" : by).append(x);
  return result;
}

/// Inside of single quotes of a shell, with a backslash before each character of `special`.
std::string quoted(std::string_view text, std::string_view special = "") {
  std::string result = "'";
  for (const auto x : text) {
    if (special.find(x) != std::string_view::npos)
      result += '\\';
    if (x == '\'')
      result += "'\\''";
    else
      result += x;
  }
  return result.append("'");
}

/// In fish a backslash stands before a quote inside of quotes.
std::string quoted_for_fish(std::string_view text) {
  std::string result = "'";
  for (const auto x : text) {
    if (x == '\'' || x == '\\')
      result += '\\';
    result += x;
  }
  return result.append("'");
}

/// All words that may follow a command: its options, and the values of its arguments.
std::vector<std::string> words_of(const command_syntax& x) {
  std::vector<std::string> result;
  for (const auto& command : x.commands)
    result.push_back(command.name);
  for (const auto& argument : x.arguments)
    for (const auto& choice : argument.choices())
      result.push_back(choice);
  for (const auto& option : x.options)
    result.insert(result.end(), option.names.begin(), option.names.end());
  return result;
}

/// What bash does after an option that takes a value.
std::string bash_action(const option_syntax& x) {
  const auto choices = x.choices();
  if (!choices.empty())
    return "COMPREPLY=($(compgen -W " + quoted(joined_by(choices, " ")) + " -- \"$current\")); return";
  if (x.value == "FILE")
    return "COMPREPLY=($(compgen -f -- \"$current\")); return";
  if (x.value == "DIR")
    return "COMPREPLY=($(compgen -d -- \"$current\")); return";
  return "return";
}

void append_bash_values(std::string& to, const command_syntax& of, const std::string& command) {
  for (const auto& option : of.options)
    if (!option.value.empty() && !option.value_is_optional)
      for (const auto& name : option.names)
        to.append("    ")
            .append(command)
            .append("/")
            .append(name)
            .append(") ")
            .append(bash_action(option))
            .append(" ;;\n");
}

/// "--format[Text]:VALUE:(text dot)", once for each name.
void append_zsh_options(std::string& to, const command_syntax& of, std::string_view indent) {
  for (const auto& option : of.options)
    for (const auto& name : option.names) {
      auto line = quoted(name + '[').append(quoted(option.about, "\\:[]")).append("']'");
      if (!option.value.empty()) {
        const auto choices = option.choices();
        const auto* const colons = option.value_is_optional ? "'::'" : "':'";
        line.append(colons).append(quoted(choices.empty() ? option.value : "value", "\\:")).append("':'");
        if (!choices.empty())
          line.append(quoted('(' + joined_by(choices, " ") + ')'));
        else if (option.value == "FILE")
          line.append("_files");
        else if (option.value == "DIR")
          line.append("'_files -/'");
      }
      to.append(" \\\n").append(indent).append(line);
    }
  for (const auto& argument : of.arguments) {
    const auto choices = argument.choices();
    to.append(" \\\n").append(indent).append("'::'").append(quoted(argument.names.front(), "\\:")).append("':'");
    if (!choices.empty())
      to.append(quoted('(' + joined_by(choices, " ") + ')'));
  }
}

void append_fish_options(std::string& to, const command_syntax& of, const std::string& begin) {
  for (const auto& option : of.options) {
    to.append(begin);
    for (const auto& name : option.names)
      to.append(name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1));
    const auto choices = option.choices();
    if (!choices.empty())
      to.append(" -x -a ").append(quoted_for_fish(joined_by(choices, " ")));
    else if (option.value == "FILE")
      to.append(" -r -F");
    else if (option.value == "DIR")
      to.append(" -x -a '(__fish_complete_directories)'");
    else if (!option.value.empty() && !option.value_is_optional)
      to.append(" -x");
    to.append(" -d ").append(quoted_for_fish(option.about)).append("\n");
  }
  for (const auto& argument : of.arguments)
    if (const auto choices = argument.choices(); !choices.empty())
      to.append(begin).append(" -a ").append(quoted_for_fish(joined_by(choices, " "))).append("\n");
}

} // namespace

std::string bash_completion(const command_syntax& of) {
  std::vector<std::string> names;
  for (const auto& x : of.commands)
    names.push_back(x.name);
  auto result = "# bash completion of " + of.name + "; made by: " + of.name + " completion bash\n_" + of.name
                + "() {\n  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= word\n"
                  "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case $word in\n      "
                + joined_by(names, " | ") + ") command=$word; break ;;\n    esac\n  done\n  case $command/$before in\n";
  append_bash_values(result, of, "");
  for (const auto& x : of.commands)
    append_bash_values(result, x, x.name);
  result.append("  esac\n  local words=\n  case $command in\n    '') words=")
      .append(quoted(joined_by(words_of(of), " ")));
  result.append(" ;;\n");
  for (const auto& x : of.commands)
    result.append("    ").append(x.name).append(") words=").append(quoted(joined_by(words_of(x), " "))).append(" ;;\n");
  result.append("  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n");
  return result.append("complete -F _").append(of.name).append(" ").append(of.name).append("\n");
}

std::string zsh_completion(const command_syntax& of) {
  auto result =
      "#compdef " + of.name + "\n# made by: " + of.name + " completion zsh\n_" + of.name
      + "() {\n  local context state state_descr line\n  typeset -A opt_args\n  local -a commands\n  commands=(\n";
  for (const auto& x : of.commands)
    result.append("    ").append(quoted(x.name)).append("':'").append(quoted(x.about, "\\")).append("\n");
  result.append("  )\n  _arguments -C");
  append_zsh_options(result, {of.name, "", "", of.options, {}, {}}, "    ");
  result.append(" \\\n    '1:command:->command' \\\n    '*::argument:->arguments'\n  case $state in\n"
                "    command) _describe command commands ;;\n    arguments)\n      case $words[1] in\n");
  for (const auto& x : of.commands) {
    result.append("        ").append(x.name).append(") _arguments");
    append_zsh_options(result, x, "          ");
    result.append(" ;;\n");
  }
  result.append("      esac ;;\n  esac\n}\n");
  return result.append("if [ \"$funcstack[1]\" = _" + of.name + " ]; then _" + of.name + " \"$@\"; else compdef _"
                       + of.name + " " + of.name + "; fi\n");
}

std::string fish_completion(const command_syntax& of) {
  const auto begin = "complete -c " + of.name;
  auto result = "# fish completion of " + of.name + "; made by: " + of.name + " completion fish\n" + begin + " -f\n";
  append_fish_options(result, of, begin + " -n __fish_use_subcommand");
  for (const auto& x : of.commands) {
    result.append(begin).append(" -n __fish_use_subcommand -a ").append(x.name);
    result.append(" -d ").append(quoted_for_fish(x.about)).append("\n");
  }
  for (const auto& x : of.commands)
    append_fish_options(result, x, begin + " -n '__fish_seen_subcommand_from " + x.name + "'");
  return result;
}

} // namespace sluice::tool
