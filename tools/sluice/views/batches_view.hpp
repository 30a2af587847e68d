// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <sluice/tool/text/table.hpp>

namespace sluice::tool {

/// The batches of an overview, newest first: those that run or wait, then the completed ones.
table batches_table(const nlohmann::json& overview, std::size_t most);

std::string batches_view(const nlohmann::json& overview, std::size_t most, const look& as);

/// One batch: what each input gave, and how each output went.
std::string batch_view(const nlohmann::json& batch, const look& as);

} // namespace sluice::tool
