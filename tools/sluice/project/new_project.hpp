// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <sluice/tool/project/templates.hpp>

namespace sluice::tool {

/// The name of the program in a folder of this name: other characters than letters, digits and _ become _. Throws
/// `failure` if it does not begin with a letter, or means something to CMake.
std::string program_name(const std::string& folder);

/// A template as the file of a project: @PROGRAM@ and @SLUICE@ are filled in, and the licence of ours is left out, for
/// the project is its author's.
std::string filled_in(std::string_view text, const std::string& program, const std::string& sluice);

/// Writes a project into a folder that does not exist yet, and returns the name of its program. Throws `failure` if
/// that cannot be done.
std::string make_project(const std::filesystem::path& folder, const project_templates& from);

} // namespace sluice::tool
