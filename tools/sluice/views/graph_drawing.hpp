// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace sluice::tool {

/// A plan in the language of Graphviz: `sluice graph --format dot | dot -Tsvg > plan.svg`.
std::string graph_as_dot(const nlohmann::json& graph);

/// A plan as a Mermaid flowchart, for Markdown.
std::string graph_as_mermaid(const nlohmann::json& graph);

} // namespace sluice::tool
