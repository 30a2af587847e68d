// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <sluice/tool/text/paint.hpp>

namespace sluice::tool {

/// How a program is, on one page: its name, state and reason, batches, inputs, delays and failures.
std::string status_view(const nlohmann::json& overview, const look& as);

/// Whether a program runs and has nothing to warn of.
bool is_well(const nlohmann::json& overview);

/// What limits the program now, and since when.
std::string reason_view(const nlohmann::json& reason, const look& as);

} // namespace sluice::tool
