// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>

#include <sluice/tool/client/http_exchange.hpp>
#include <sluice/tool/text/paint.hpp>

namespace sluice::tool {

/// What a command gets from where it runs. A test makes its own.
struct surroundings {
  std::ostream& out;
  std::ostream& err;
  look how;                         ///< of `out`
  bool is_terminal = false;         ///< whether `out` is one
  std::string at;                   ///< where programs are looked for if nothing else is said
  std::filesystem::path executable; ///< of this tool
  std::function<void(std::chrono::milliseconds)> pause;
  http_limits limits;
};

/// Those of this process: its terminal, SLUICE_AT and NO_COLOR.
surroundings of_this_process();

/// The window of a terminal.
struct window {
  std::size_t columns = 80;
  std::size_t lines = 24;
};

/// 80×24 if standard output is no terminal, or does not know.
window window_size();

} // namespace sluice::tool
