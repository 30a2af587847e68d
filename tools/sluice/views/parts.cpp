// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/views/parts.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/views/fields.hpp>

namespace sluice::tool {

using nlohmann::json;

std::vector<std::string> reason_lines(const json& reason, const look& as) {
  const auto level = text_of(reason, "level");
  const auto indent = columns_of(level) + 2;
  const auto room = as.columns == look::no_limit ? as.columns : as.columns - std::min(as.columns, indent);
  auto result = wrapped(text_of(reason, "sentence"), room);
  if (result.empty())
    result.emplace_back("the program gives no reason");
  for (std::size_t i = 1; i < result.size(); ++i)
    result[i].insert(0, indent, ' ');
  result[0] = painted(level, tone_of_level(level), as).append("  ").append(result[0]);
  return result;
}

cell state_cell(const json& of) {
  const auto state = text_of(of, "state");
  const auto is_good = state == "running" || state == "active";
  const auto is_bad = state == "failed" || state == "inactive" || state == "stopped";
  return {state, is_good ? tone::good : is_bad ? tone::bad : tone::notice};
}

cell rate_cell(const json& of) { return rate_text(number_of(of, "recordsInPerSecond")); }

cell busy_cell(const json& of) {
  const auto share = number_of(of, "busyShare");
  return {share_text(share), share.value_or(0) >= 0.9   ? tone::bad
                             : share.value_or(0) >= 0.5 ? tone::notice
                                                        : tone::plain};
}

cell keys_cell(const json& of) {
  const auto keys = number_of(of, "stateKeys");
  return keys ? count_text(keys) : "";
}

cell delay_cell(const json& batch, const char* name) { return ms_text(number_of(batch, name)); }

cell outputs_cell(const json& batch) {
  const auto failed = number_of(batch, "outputsFailed").value_or(0);
  auto text =
      count_text(number_of(batch, "outputsSucceeded")).append("/").append(count_text(number_of(batch, "outputsTotal")));
  if (failed == 0)
    return text;
  return {text.append(", ").append(count_text(failed)).append(" failed"), tone::bad};
}

bool is_late(const json& batch, double interval) {
  return interval > 0 && number_of(batch, "totalDelayMs").value_or(0) > interval;
}

void append_table(std::vector<std::string>& to, const table& of, const look& as) {
  const auto lines = of.lines(as);
  to.insert(to.end(), lines.begin(), lines.end());
}

} // namespace sluice::tool
