// SPDX-License-Identifier: BSD-3-Clause
//
// For the .cpp files of commands alone: it includes all of CLI11.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include <sluice/tool/text/numbers.hpp>

namespace sluice::tool {

/// Takes texts that parse_time reads.
inline CLI::Validator is_time() {
  return {[](const std::string& x) {
            return parse_time(x) ? std::string{} : "'" + x + "' is no time: give 500ms, 1s, 2m or 1h";
          },
          ""};
}

} // namespace sluice::tool
