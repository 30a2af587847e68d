// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <sluice/tool/text/paint.hpp>

namespace sluice::tool {

/// All operators of a graph.
std::string operators_view(const nlohmann::json& graph, const look& as);

/// One operator, and the share of each partition in its records.
std::string operator_view(const nlohmann::json& one, const look& as);

/// The number of the operator that is called so: by its name, by its number, or by its name without "#3" if one
/// operator alone is called so. Throws `failure` if there is none, or more than one.
std::string operator_number(const nlohmann::json& graph, const std::string& name);

} // namespace sluice::tool
