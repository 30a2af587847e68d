// SPDX-License-Identifier: BSD-3-Clause
//
// What all views of a run as JSON have in common. For their .cpp files alone: it includes the whole JSON library.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include <sluice/runtime/monitor/run_picture.hpp>

namespace sluice::detail {

/// As text. Bytes that are no UTF-8, of records and messages, are replaced.
inline std::string dump(const nlohmann::json& x) {
  return x.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// What a client has sent; discarded if it is no JSON. What is nested deeper than any record is left out: to write it
/// again, in an error, would take too much stack.
inline nlohmann::json parse_shallow(const std::string& text) {
  constexpr int deepest = 80;
  return nlohmann::json::parse(
      text, [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth <= deepest; }, false);
}

inline std::int64_t time_in_ms(std::chrono::microseconds x) { return x.count() / 1000; }

inline nlohmann::json duration_in_ms(std::optional<std::chrono::microseconds> x) {
  return x ? nlohmann::json(static_cast<double>(x->count()) / 1000) : nlohmann::json(nullptr);
}

inline nlohmann::json text_or_null(const std::string& x) {
  return x.empty() ? nlohmann::json(nullptr) : nlohmann::json(x);
}

/// Null if it is not known.
inline const batch_info* find_batch(const run_picture& of, batch_time t) {
  const auto completed = std::ranges::find(of.completed, t, [](const auto& x) { return x->time; });
  if (completed != of.completed.end())
    return completed->get();
  const auto active = std::ranges::find(of.active, t, &batch_info::time);
  return active == of.active.end() ? nullptr : &*active;
}

} // namespace sluice::detail
