// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// One line on the process's log (stderr), with time and level. Any text stays on one line (see on_one_line). Thread
/// safe. Never call it per record: logging is for events that happen a few times a second at most.
void log_info(std::string_view line);
void log_warning(std::string_view line);
void log_error(std::string_view line);

/// Logs only lines of at least this level from now on: "debug", "info", "warning", "error" or "off".
void set_log_level(std::string_view level);

/// While it lives, lines that its thread logs are added to a text, whatever the log's level, and not to the log: for
/// tests. Captures of a thread end in the opposite order of their beginnings.
class log_capture {
public:
  explicit log_capture(std::string& to);
  ~log_capture();
  log_capture(const log_capture&) = delete;
  log_capture& operator=(const log_capture&) = delete;

private:
  std::string* former_;
};

} // namespace sluice
