// SPDX-License-Identifier: BSD-3-Clause
//
// Every command of the tool. Each function adds some to the set.
#pragma once

namespace sluice::tool {

class command_set;

void add_show_commands(command_set& to);    ///< status, reason, graph, operators, batches, nodes, config
void add_top_command(command_set& to);      ///< top
void add_events_command(command_set& to);   ///< events
void add_state_command(command_set& to);    ///< state
void add_tail_command(command_set& to);     ///< tail
void add_input_commands(command_set& to);   ///< pause, resume, max-rate, restart
void add_control_commands(command_set& to); ///< stop, savepoint, log-level
void add_doctor_command(command_set& to);   ///< doctor
void add_new_command(command_set& to);      ///< new
void add_help_commands(command_set& to);    ///< completion, help

} // namespace sluice::tool
