// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace sluice::tool {

/// The token of a page: the first line of the file that the program was given with --ui-token-file. Throws `failure`
/// if the file cannot be read, or if its first line is no token.
std::string read_token(const std::string& path);

} // namespace sluice::tool
