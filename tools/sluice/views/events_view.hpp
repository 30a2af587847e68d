// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <sluice/tool/text/paint.hpp>

namespace sluice::tool {

/// The events of an answer as lines, oldest first, from a level on: info, warning or error.
std::string events_view(const nlohmann::json& events, const std::string& from_level, const look& as);

/// Whether an event of this level is to be shown.
bool is_at_least(const std::string& level, const std::string& from_level);

} // namespace sluice::tool
