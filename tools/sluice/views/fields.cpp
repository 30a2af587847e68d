// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/views/fields.hpp>

#include <nlohmann/json.hpp>

#include <sluice/tool/text/printable.hpp>

namespace sluice::tool {

namespace {

using nlohmann::json;

/// Null if there is no such field.
const json* find(const json& in, std::string_view name) {
  if (!in.is_object())
    return nullptr;
  const auto found = in.find(name);
  return found == in.end() ? nullptr : &*found;
}

std::string raw_text(const json& in, std::string_view name) {
  const auto* const x = find(in, name);
  if (x != nullptr && x->is_string())
    return x->get<std::string>();
  return x != nullptr && x->is_number() ? x->dump() : std::string{};
}

} // namespace

std::string text_of(const json& in, std::string_view name) { return printable(raw_text(in, name)); }

std::string lines_of(const json& in, std::string_view name) { return printable_lines(raw_text(in, name)); }

std::optional<double> number_of(const json& in, std::string_view name) {
  const auto* const x = find(in, name);
  return x != nullptr && x->is_number() ? std::optional{x->get<double>()} : std::nullopt;
}

bool flag_of(const json& in, std::string_view name) {
  const auto* const x = find(in, name);
  return x != nullptr && x->is_boolean() && x->get<bool>();
}

const json& list_of(const json& in, std::string_view name) {
  static const auto none = json::array();
  const auto* const x = find(in, name);
  return x != nullptr && x->is_array() ? *x : none;
}

const json& object_of(const json& in, std::string_view name) {
  static const auto none = json::object();
  const auto* const x = find(in, name);
  return x != nullptr && x->is_object() ? *x : none;
}

} // namespace sluice::tool
