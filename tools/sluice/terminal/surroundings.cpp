// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/terminal/surroundings.hpp>

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <thread>

#include <sys/ioctl.h>
#include <unistd.h>

namespace sluice::tool {

namespace {

std::string_view variable(const char* name) {
  const auto* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

} // namespace

surroundings of_this_process() {
  surroundings result{std::cout, std::cerr, {}, ::isatty(STDOUT_FILENO) == 1, "127.0.0.1:4040", {}, {}, {}};
  if (result.is_terminal) {
    result.how.columns = window_size().columns;
    result.how.has_colours = variable("NO_COLOR").empty() && variable("TERM") != "dumb";
  }
  if (const auto at = variable("SLUICE_AT"); !at.empty())
    result.at = at;
  std::error_code unknown;
  result.executable = std::filesystem::read_symlink("/proc/self/exe", unknown);
  result.pause = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
  return result;
}

window window_size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return {};
  return {size.ws_col, size.ws_row};
}

} // namespace sluice::tool
