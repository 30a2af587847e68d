// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/views/top_view.hpp>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include <sluice/tool/text/bars.hpp>
#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/views/fields.hpp>
#include <sluice/tool/views/parts.hpp>

namespace sluice::tool {

namespace {

using nlohmann::json;

constexpr std::size_t bar_columns = 16;

std::string title(const json& overview, const look& as) {
  const auto& totals = object_of(overview, "totals");
  const auto state = state_cell(overview);
  const auto start = number_of(overview, "startTime");
  const auto now = number_of(overview, "now");
  const auto name = clipped(text_of(overview, "program"), 32);
  auto rest = "up " + (start && now ? ms_text(*now - *start) : "-");
  rest.append(", epoch ").append(text_of(overview, "epoch"));
  rest.append(", interval ").append(ms_text(number_of(overview, "batchIntervalMs")));
  const auto failed = number_of(totals, "failedOutputs").value_or(0);
  if (failed > 0)
    rest.append(", ").append(counted(failed, "failed output", "failed outputs"));
  const auto taken = columns_of(name) + columns_of(state.text) + 4;
  const auto room = as.columns - std::min(as.columns, taken);
  return painted(name, tone::strong, as) + "  " + painted(state.text, state.how, as) + "  " + clipped(rest, room);
}

/// What an input gave to the last batches.
std::string history(const json& overview, std::size_t input) {
  constexpr std::size_t longest = 20;
  const auto& points = list_of(overview, "rates");
  std::vector<double> values;
  for (auto i = points.size() - std::min(points.size(), longest); i < points.size(); ++i) {
    const auto& records = list_of(points[i], "records");
    values.push_back(input < records.size() && records[input].is_number() ? records[input].get<double>() : 0);
  }
  return sparkline(values);
}

table inputs_table(const json& overview, std::size_t most) {
  table result{
      {{"INPUT", align::left, true}, {"STATE"}, {"RATE", align::right}, {"RECORDS", align::right}, {"LAST BATCHES"}}};
  const auto& inputs = list_of(overview, "inputs");
  for (std::size_t i = 0; i < std::min(inputs.size(), most); ++i)
    result.add({text_of(inputs[i], "name"),
                state_cell(inputs[i]),
                rate_text(number_of(inputs[i], "recordsPerSecond")),
                count_text(number_of(inputs[i], "records")),
                {history(overview, i), tone::dim}});
  return result;
}

table operators_table(const json& graph, std::size_t most) {
  std::vector<const json*> operators;
  for (const auto& x : list_of(graph, "operators"))
    operators.push_back(&x);
  std::ranges::sort(operators, {}, [](const json* x) { return std::pair{-number_of(*x, "busyShare").value_or(0), x}; });
  operators.resize(std::min(operators.size(), most));
  table result{{{"BUSIEST OPERATORS", align::left, true},
                {"RATE", align::right},
                {"BUSY", align::right},
                {std::string(bar_columns, ' ')},
                {"KEYS", align::right}}};
  for (const auto* const x : operators) {
    const auto busy = busy_cell(*x);
    const auto shown = bar(number_of(*x, "busyShare").value_or(0), bar_columns);
    result.add({text_of(*x, "name"), rate_cell(*x), busy, {shown, busy.how}, keys_cell(*x)});
  }
  return result;
}

/// A bar is full at the interval: a batch that fills it is as slow as it may be.
cell delay_bar(const json& batch, double interval) {
  const auto total = number_of(batch, "totalDelayMs");
  if (!total)
    return text_of(batch, "status");
  const auto share = interval > 0 ? *total / interval : 0;
  return {bar(share, bar_columns), share > 1 ? tone::bad : share > 0.8 ? tone::notice : tone::good};
}

table batches_table(const json& overview, std::size_t most) {
  const auto interval = number_of(overview, "batchIntervalMs").value_or(0);
  table result{{{"LAST BATCHES"},
                {"RECORDS", align::right},
                {"WAITED", align::right},
                {"RAN", align::right},
                {"IN ALL", align::right},
                {"OF AN INTERVAL"},
                {"OUTPUTS"}}};
  // Of many that wait, the oldest two say enough: one of them runs.
  const auto& active = list_of(overview, "active");
  std::vector<const json*> shown;
  for (auto i = active.size() - std::min<std::size_t>(active.size(), 2); i < active.size(); ++i)
    shown.push_back(&active[i]);
  for (const auto& x : list_of(overview, "completed"))
    shown.push_back(&x);
  shown.resize(std::min(shown.size(), most));
  for (const auto* const x : shown) {
    const auto time = text_of(*x, "time");
    const auto clock = time.substr(std::min(time.find(' ') + 1, time.size()));
    result.add({clock, count_text(number_of(*x, "records")), delay_cell(*x, "schedulingDelayMs"),
                delay_cell(*x, "processingTimeMs"), delay_cell(*x, "totalDelayMs"), delay_bar(*x, interval),
                outputs_cell(*x)});
  }
  return result;
}

void append_part(std::vector<std::string>& to, const table& part, const look& as) {
  to.emplace_back();
  append_table(to, part, as);
}

} // namespace

std::vector<std::string> top_lines(const json& overview, const json& graph, std::size_t most_lines, const look& as) {
  std::vector<std::string> result{title(overview, as)};
  auto reason = reason_lines(object_of(overview, "reason"), as);
  reason.resize(std::min<std::size_t>(reason.size(), 3));
  result.insert(result.end(), reason.begin(), reason.end());
  // Each part has an empty line, a title and its rows.
  const auto room = most_lines - std::min(most_lines, result.size() + 6);
  const auto inputs = std::min({list_of(overview, "inputs").size(), std::max<std::size_t>(room / 4, 1), room});
  const auto operators = std::min(list_of(graph, "operators").size(), (room - inputs) / 2);
  append_part(result, inputs_table(overview, inputs), as);
  append_part(result, operators_table(graph, operators), as);
  append_part(result, batches_table(overview, room - inputs - operators), as);
  result.resize(std::min(result.size(), most_lines));
  return result;
}

} // namespace sluice::tool
