// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <sluice/tool/text/paint.hpp>

namespace sluice::tool {

/// A plan as text: its stages, and for each operator where its records come from, how many, and how busy it is.
std::string graph_view(const nlohmann::json& graph, const look& as);

} // namespace sluice::tool
