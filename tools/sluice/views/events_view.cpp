// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/views/events_view.hpp>

#include <nlohmann/json.hpp>

#include <sluice/tool/text/columns.hpp>
#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/views/fields.hpp>

namespace sluice::tool {

namespace {

int rank(const std::string& level) { return level == "error" ? 2 : level == "warning" ? 1 : 0; }

} // namespace

bool is_at_least(const std::string& level, const std::string& from_level) { return rank(level) >= rank(from_level); }

std::string events_view(const nlohmann::json& events, const std::string& from_level, const look& as) {
  std::string result;
  for (const auto& x : list_of(events, "events")) {
    const auto level = text_of(x, "level");
    if (!is_at_least(level, from_level))
      continue;
    const auto time = date_text(number_of(x, "time"));
    result.append(painted(time, tone::dim, as))
        .append("  ")
        .append(painted(padded(level, 7), tone_of_level(level), as));
    result.append("  ").append(text_of(x, "text")).append("\n");
  }
  return result;
}

} // namespace sluice::tool
