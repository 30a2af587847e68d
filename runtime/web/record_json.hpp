// SPDX-License-Identifier: BSD-3-Clause
//
// Records of any type as JSON. For .cpp files alone: it includes the whole JSON library.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include <sluice/actors/batch/shaped_batch.hpp>

namespace sluice::detail {

/// Element `i` as JSON: numbers, text and truth as themselves, bytes as hexadecimal text, times as their ticks,
/// structs, tuples, pairs and lists as arrays, a missing value as null, a variant as {"index": value}. What JSON has no
/// number for, such as infinity, is null.
nlohmann::json record_json(const shaped_values& of, std::size_t i);

/// The key that `from` stands for, in the form of `record_json`, as bytes of `shaped_values::append_key`. A number may
/// also be given as text. Nothing if `from` is no value of that shape.
std::optional<std::string> key_bytes(const nlohmann::json& from, const record_shape& shape);

} // namespace sluice::detail
