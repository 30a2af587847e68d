// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <sluice/tool/commands/command_tree.hpp>

namespace sluice::tool {

/// The manual page of a tool in troff, for section 1: `sluice help --man > sluice.1`.
std::string manual_page(const command_syntax& of, const std::string& version);

} // namespace sluice::tool
