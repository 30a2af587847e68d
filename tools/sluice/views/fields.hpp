// SPDX-License-Identifier: BSD-3-Clause
//
// The one way from a program's answer to the terminal. Nothing of an answer is taken for granted: a field may be
// missing, null or of another type. All text comes out printable.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace sluice::tool {

/// A printable line; a number as text, as JSON writes it; else empty.
std::string text_of(const nlohmann::json& in, std::string_view name);

/// The same with its line ends.
std::string lines_of(const nlohmann::json& in, std::string_view name);

std::optional<double> number_of(const nlohmann::json& in, std::string_view name);

/// False if it is not there.
bool flag_of(const nlohmann::json& in, std::string_view name);

/// An array; empty if there is none.
const nlohmann::json& list_of(const nlohmann::json& in, std::string_view name);

/// An object; empty if there is none.
const nlohmann::json& object_of(const nlohmann::json& in, std::string_view name);

} // namespace sluice::tool
