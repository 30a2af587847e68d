// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace sluice::detail {

/// One setting of a run, as the command line has it, to be shown.
struct shown_setting {
  std::string name; ///< "--interval"
  std::string value;
  bool is_default = false;
  std::string help;
};

} // namespace sluice::detail
