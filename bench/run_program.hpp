// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>

#include "measurement.hpp"

namespace sluice::bench {

/// Runs a program on an input, and reads what it measured. Throws std::runtime_error if it fails.
measurement run_program(const std::string& command, const std::filesystem::path& input);

} // namespace sluice::bench
