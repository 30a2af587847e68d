// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/command_line.hpp>

#include <utility>

#include <sluice/tool/commands/command_set.hpp>
#include <sluice/tool/commands/commands.hpp>

namespace sluice::tool {

exit_code run_tool(std::vector<std::string> arguments, const surroundings& in) {
  command_set commands{in};
  add_show_commands(commands);
  add_top_command(commands);
  add_events_command(commands);
  add_state_command(commands);
  add_tail_command(commands);
  add_input_commands(commands);
  add_control_commands(commands);
  add_new_command(commands);
  add_doctor_command(commands);
  add_help_commands(commands);
  return commands.run(std::move(arguments));
}

} // namespace sluice::tool
