// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <sluice/tool/commands/command_tree.hpp>

namespace sluice::tool {

/// Scripts by which a shell completes the commands, options and values of a tool.
std::string bash_completion(const command_syntax& of);
std::string zsh_completion(const command_syntax& of);
std::string fish_completion(const command_syntax& of);

} // namespace sluice::tool
