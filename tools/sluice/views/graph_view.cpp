// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/views/graph_view.hpp>

#include <map>

#include <nlohmann/json.hpp>

#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/text/table.hpp>
#include <sluice/tool/views/fields.hpp>
#include <sluice/tool/views/parts.hpp>

namespace sluice::tool {

namespace {

using nlohmann::json;

using operators_by_id = std::map<std::string, const json*>;

operators_by_id operators_of(const json& graph) {
  operators_by_id result;
  for (const auto& x : list_of(graph, "operators"))
    result.emplace(text_of(x, "id"), &x);
  return result;
}

/// "map#2 by hash": the edges that end at an operator. A fused one needs no word.
std::map<std::string, std::string> sources_of(const json& graph, const operators_by_id& operators) {
  std::map<std::string, std::string> result;
  for (const auto& x : list_of(graph, "edges")) {
    const auto from = operators.find(text_of(x, "from"));
    if (from == operators.end())
      continue;
    auto& sources = result[text_of(x, "to")];
    const auto kind = text_of(x, "kind");
    sources.append(sources.empty() ? "← " : ", ").append(text_of(*from->second, "name"));
    if (kind != "fused")
      sources.append(" (").append(kind).append(")");
  }
  return result;
}

std::string stage_title(const json& stage) {
  return "stage " + text_of(stage, "id") + ": "
         + counted(number_of(stage, "partitions").value_or(0), "partition", "partitions")
         + (flag_of(stage, "onDriver") ? ", on the driver" : "");
}

} // namespace

std::string graph_view(const json& graph, const look& as) {
  const auto operators = operators_of(graph);
  auto sources = sources_of(graph, operators);
  table result{{{"OPERATOR", align::left, true},
                {"FROM", align::left, true},
                {"RATE", align::right},
                {"BUSY", align::right},
                {"KEYS", align::right}}};
  for (const auto& stage : list_of(graph, "stages")) {
    result.add({{stage_title(stage), tone::strong}});
    for (const auto& id : list_of(stage, "operators")) {
      const auto found = operators.find(id.dump());
      if (found == operators.end())
        continue;
      const auto& x = *found->second;
      result.add({"  " + text_of(x, "name"), sources[found->first], rate_cell(x), busy_cell(x), keys_cell(x)});
    }
  }
  return result.text(as);
}

} // namespace sluice::tool
