// SPDX-License-Identifier: BSD-3-Clause
//
// What several views show the same way.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <sluice/tool/text/table.hpp>

namespace sluice::tool {

/// "ok", and the sentence of a reason, in lines that fit. The level has its colour.
std::vector<std::string> reason_lines(const nlohmann::json& reason, const look& as);

/// A state in its colour: running, stopping; active, inactive; …
cell state_cell(const nlohmann::json& of);

/// The records that an operator or a partition takes in, how busy that keeps a core, and the keys that it holds.
cell rate_cell(const nlohmann::json& of);
cell busy_cell(const nlohmann::json& of);
cell keys_cell(const nlohmann::json& of);

/// A duration of a batch.
cell delay_cell(const nlohmann::json& batch, const char* name);

/// "2 of 2" outputs, and how many failed.
cell outputs_cell(const nlohmann::json& batch);

/// Whether a batch took longer than its interval, from its submission to its end.
bool is_late(const nlohmann::json& batch, double interval);

/// A titled part of a page: the title, then the table.
void append_table(std::vector<std::string>& to, const table& of, const look& as);

} // namespace sluice::tool
