// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/command_tree.hpp>

#include <CLI/CLI.hpp>

namespace sluice::tool {

namespace {

option_syntax syntax_of(const CLI::Option& x) {
  option_syntax result;
  for (const auto& name : x.get_snames())
    result.names.push_back("-" + name);
  for (const auto& name : x.get_lnames())
    result.names.push_back("--" + name);
  if (x.get_positional()) {
    result.names.assign({x.get_name(true)});
    result.value = x.get_type_name();
  } else if (x.get_items_expected_max() != 0) {
    result.value = x.get_type_name();
    result.value_is_optional = x.get_items_expected_min() == 0;
    if (result.value_is_optional && result.value.starts_with('[') && result.value.ends_with(']'))
      result.value = result.value.substr(1, result.value.size() - 2);
  }
  result.about = x.get_description();
  return result;
}

} // namespace

std::vector<std::string> option_syntax::choices() const {
  std::vector<std::string> result;
  if (value.find('|') == std::string::npos)
    return result;
  std::string::size_type begin = 0;
  for (auto end = value.find('|'); end != std::string::npos; end = value.find('|', begin)) {
    result.push_back(value.substr(begin, end - begin));
    begin = end + 1;
  }
  result.push_back(value.substr(begin));
  return result;
}

command_syntax syntax_of(const CLI::App& x) {
  command_syntax result{x.get_name(), x.get_description(), x.get_footer(), {}, {}, {}};
  for (const auto* const option : x.get_options())
    (option->get_positional() ? result.arguments : result.options).push_back(syntax_of(*option));
  for (const auto* const command : x.get_subcommands([](const CLI::App*) { return true; }))
    result.commands.push_back(syntax_of(*command));
  return result;
}

} // namespace sluice::tool
