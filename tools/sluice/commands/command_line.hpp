// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <sluice/tool/client/failure.hpp>
#include <sluice/tool/terminal/surroundings.hpp>

namespace sluice::tool {

/// The whole tool: does what the arguments say, the tool's own name left out.
exit_code run_tool(std::vector<std::string> arguments, const surroundings& in);

} // namespace sluice::tool
