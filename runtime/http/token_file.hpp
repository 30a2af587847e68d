// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>

namespace sluice::detail {

/// The token in the first line of a file, without the spaces around it: at least 16 letters, digits and -._~+/=, which
/// can all stand in a cookie. Throws usage_error, which says what to do, for any other content, and for a file that
/// others than its owner may read or write.
std::string read_token_file(const std::filesystem::path& path);

} // namespace sluice::detail
