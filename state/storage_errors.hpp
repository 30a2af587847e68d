// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>

#include <sluice/actors/errors.hpp>

namespace sluice {

/// ec::storage_failed: "cannot keep state in 'DIR': WHAT", where WHAT says what is wrong and what to do.
caf::error storage_error(const std::filesystem::path& dir, const std::string& what);

/// The same for an error number of the system.
caf::error system_storage_error(const std::filesystem::path& dir, int number);

} // namespace sluice
