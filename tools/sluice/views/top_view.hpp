// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <sluice/tool/text/paint.hpp>

namespace sluice::tool {

/// One picture of a running program in at most so many lines: its reason, inputs, busiest operators and last batches.
/// The most important lines come first; each part gets fewer where the window is small.
std::vector<std::string> top_lines(const nlohmann::json& overview, const nlohmann::json& graph, std::size_t most_lines,
                                   const look& as);

} // namespace sluice::tool
