// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace sluice::tool {

/// What a look at this machine has shown.
struct finding {
  bool is_well = true;
  std::string name;
  std::string text;   ///< what is there
  std::string advice; ///< what to do, if it is not well
};

} // namespace sluice::tool
