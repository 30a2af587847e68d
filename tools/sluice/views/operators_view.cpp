// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/views/operators_view.hpp>

#include <vector>

#include <nlohmann/json.hpp>

#include <sluice/tool/client/failure.hpp>
#include <sluice/tool/text/bars.hpp>
#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/text/printable.hpp>
#include <sluice/tool/views/fields.hpp>
#include <sluice/tool/views/parts.hpp>

namespace sluice::tool {

namespace {

using nlohmann::json;

std::string state_bytes(const json& of) {
  const auto bytes = number_of(of, "stateBytes");
  return bytes ? bytes_text(bytes) : "";
}

std::string history(const json& of) {
  constexpr std::size_t longest = 60;
  const auto& points = list_of(of, "history");
  std::vector<double> rates;
  for (auto i = points.size() - std::min(points.size(), longest); i < points.size(); ++i)
    rates.push_back(number_of(points[i], "recordsInPerSecond").value_or(0));
  return sparkline(rates);
}

} // namespace

std::string operators_view(const json& graph, const look& as) {
  table result{{{"OPERATOR", align::left, true},
                {"STAGE", align::right},
                {"RATE", align::right},
                {"BUSY", align::right},
                {"RECORDS", align::right},
                {"KEYS", align::right},
                {"STATE", align::right},
                {"DEAD", align::right},
                {"RECORD", align::left, true}}};
  for (const auto& x : list_of(graph, "operators")) {
    const auto dead = number_of(x, "deadLetters").value_or(0);
    result.add({text_of(x, "name"),
                text_of(x, "stage"),
                rate_cell(x),
                busy_cell(x),
                count_text(number_of(x, "recordsIn")),
                keys_cell(x),
                state_bytes(x),
                {dead == 0 ? "" : count_text(dead), tone::bad},
                text_of(x, "record")});
  }
  return result.text(as);
}

std::string operator_view(const json& one, const look& as) {
  std::vector<std::string> lines;
  lines.push_back(painted(text_of(one, "name"), tone::strong, as) + "  stage " + text_of(one, "stage") + ", takes "
                  + rate_cell(one).text + ", busy " + busy_cell(one).text);
  lines.push_back("gives " + text_of(one, "record")
                  + (flag_of(one, "keepsState") ? ", keeps " + text_of(one, "stateSchema") : ""));
  if (const auto rates = history(one); !rates.empty())
    lines.push_back(painted("rate so far  ", tone::dim, as) + clipped(rates, 60));
  // Not the operator's own number: it may count records before they are combined for their partition.
  double total = 0;
  for (const auto& x : list_of(one, "partitions"))
    total += number_of(x, "recordsIn").value_or(0);
  table partitions{{{"PARTITION", align::right},
                    {"NODE", align::left, true},
                    {"RATE", align::right},
                    {"BUSY", align::right},
                    {"KEYS", align::right},
                    {"STATE", align::right},
                    {"RECORDS", align::right},
                    {"SHARE", align::right},
                    {""}}};
  for (const auto& x : list_of(one, "partitions")) {
    const auto records = number_of(x, "recordsIn");
    const auto share = total > 0 && records ? *records / total : 0;
    partitions.add({text_of(x, "partition"), text_of(x, "node"), rate_cell(x), busy_cell(x), keys_cell(x),
                    state_bytes(x), count_text(records), share_text(share), bar(share, 16)});
  }
  append_table(lines, partitions, as);
  return joined(lines);
}

std::string operator_number(const json& graph, const std::string& name) {
  std::vector<std::string> alike;
  std::string result;
  for (const auto& x : list_of(graph, "operators")) {
    const auto full = text_of(x, "name");
    const auto id = text_of(x, "id");
    if (full == name || id == name)
      return id;
    if (full.substr(0, full.rfind('#')) == name) {
      alike.push_back(full);
      result = id;
    }
  }
  if (alike.size() == 1)
    return result;
  if (alike.empty())
    throw failure{exit_code::trouble, "no operator is called " + printable(name) + "; sluice operators lists them"};
  std::string list;
  for (const auto& x : alike)
    list.append(list.empty() ? "" : ", ").append(x);
  throw failure{exit_code::trouble, "several operators are called " + printable(name) + ": " + list};
}

} // namespace sluice::tool
