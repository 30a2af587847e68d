// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/views/batches_view.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/views/fields.hpp>
#include <sluice/tool/views/parts.hpp>

namespace sluice::tool {

namespace {

using nlohmann::json;

constexpr std::size_t most_description_lines = 20;

void append_lines(std::vector<std::string>& to, std::string_view text, std::string_view indent, const look& as) {
  std::size_t shown = 0;
  while (!text.empty()) {
    if (shown++ == most_description_lines) {
      to.push_back(std::string{indent}.append("… --json shows the rest"));
      return;
    }
    const auto line = text.substr(0, text.find('\n'));
    const auto room = as.columns == look::no_limit ? as.columns : as.columns - std::min(as.columns, indent.size());
    to.push_back(std::string{indent}.append(clipped(line, room)));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
}

void append_inputs(std::vector<std::string>& to, const json& batch, const look& as) {
  for (const auto& x : list_of(batch, "inputs")) {
    to.push_back(text_of(x, "name") + ": " + counted(number_of(x, "records").value_or(0), "record", "records"));
    append_lines(to, lines_of(x, "description"), "  ", as);
  }
}

void append_outputs(std::vector<std::string>& to, const json& batch, const look& as) {
  for (const auto& x : list_of(batch, "outputs")) {
    const auto status = text_of(x, "status");
    const auto how = status == "succeeded" ? tone::good : status == "failed" ? tone::bad : tone::notice;
    to.push_back(text_of(x, "name") + ": " + painted(status, how, as) + ", " + ms_text(number_of(x, "durationMs")));
    append_lines(to, lines_of(x, "failure"), "  ", as);
  }
}

} // namespace

table batches_table(const json& overview, std::size_t most) {
  const auto interval = number_of(overview, "batchIntervalMs").value_or(0);
  table result{{{"BATCH"},
                {"TIME"},
                {"STATUS"},
                {"RECORDS", align::right},
                {"WAITED", align::right},
                {"RAN", align::right},
                {"IN ALL", align::right},
                {"OUTPUTS"}}};
  std::size_t shown = 0;
  for (const auto* const name : {"active", "completed"})
    for (const auto& x : list_of(overview, name)) {
      if (shown++ == most)
        return result;
      auto total = delay_cell(x, "totalDelayMs");
      total.how = is_late(x, interval) ? tone::notice : tone::plain;
      result.add({text_of(x, "id"), text_of(x, "time"), text_of(x, "status"), count_text(number_of(x, "records")),
                  delay_cell(x, "schedulingDelayMs"), delay_cell(x, "processingTimeMs"), total, outputs_cell(x)});
    }
  return result;
}

std::string batches_view(const json& overview, std::size_t most, const look& as) {
  const auto found = batches_table(overview, most);
  return found.empty() ? "there is no batch yet\n" : found.text(as);
}

std::string batch_view(const json& batch, const look& as) {
  std::vector<std::string> lines;
  lines.push_back(painted("batch " + text_of(batch, "id"), tone::strong, as) + "  " + text_of(batch, "time") + ", "
                  + text_of(batch, "status"));
  lines.push_back(counted(number_of(batch, "records").value_or(0), "record", "records") + "; waited "
                  + ms_text(number_of(batch, "schedulingDelayMs")) + ", ran "
                  + ms_text(number_of(batch, "processingTimeMs")) + ", in all "
                  + ms_text(number_of(batch, "totalDelayMs")));
  lines.push_back(painted("INPUTS", tone::dim, as));
  append_inputs(lines, batch, as);
  lines.push_back(painted("OUTPUTS", tone::dim, as));
  append_outputs(lines, batch, as);
  if (const auto& sums = list_of(batch, "accumulators"); !sums.empty()) {
    lines.push_back(painted("ACCUMULATORS", tone::dim, as));
    for (const auto& x : sums)
      lines.push_back(text_of(x, "name") + ": " + text_of(x, "value"));
  }
  return joined(lines);
}

} // namespace sluice::tool
