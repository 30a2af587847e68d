// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace sluice {

/// One line on the process's log (stderr), with time and level. Any text stays on one line (see on_one_line). Thread
/// safe. Never call it per record: logging is for events that happen a few times a second at most.
void log_info(std::string_view line);
void log_warning(std::string_view line);
void log_error(std::string_view line);

/// Logs only lines of at least this level from now on: "debug", "info", "warning", "error" or "off".
void set_log_level(std::string_view level);

} // namespace sluice
