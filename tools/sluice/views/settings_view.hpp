// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <sluice/tool/text/paint.hpp>

namespace sluice::tool {

/// The processes that a program runs on.
std::string nodes_view(const nlohmann::json& nodes, const look& as);

/// The options of a program; those that were given stand out.
std::string config_view(const nlohmann::json& config, const look& as);

} // namespace sluice::tool
