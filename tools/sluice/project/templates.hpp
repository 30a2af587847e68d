// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace sluice::tool {

/// The files of a new project by their names, and where the Sluice is that they came with: the folder that it is
/// installed in, or its source tree.
struct project_templates {
  std::map<std::string, std::string> files;
  std::filesystem::path sluice;
};

/// Reads those that belong to a tool: ../share/sluice/new_program, as seen from its folder. Throws `failure` if they
/// are not there.
project_templates read_templates(const std::filesystem::path& executable);

} // namespace sluice::tool
