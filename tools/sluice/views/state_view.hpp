// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <sluice/tool/text/paint.hpp>

namespace sluice::tool {

/// The operators that keep state, of /api/v1/state.
std::string states_view(const nlohmann::json& states, const look& as);

/// A key or a value, as text: a text as it is, everything else as JSON.
std::string value_text(const nlohmann::json& x);

/// Keys and values of an operator, a line each, with a tab in between.
std::string rows_view(const nlohmann::json& page);

} // namespace sluice::tool
