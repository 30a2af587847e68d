// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/views/graph_drawing.hpp>

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/views/fields.hpp>
#include <sluice/tool/views/parts.hpp>

namespace sluice::tool {

namespace {

using nlohmann::json;

std::string quoted_for_dot(std::string_view text) {
  std::string result = "\"";
  for (const auto x : text) {
    if (x == '"' || x == '\\')
      result += '\\';
    result += x;
  }
  return result.append("\"");
}

std::string quoted_for_mermaid(std::string_view text) {
  const std::map<char, std::string_view> entities{{'"', "#quot;"}, {'#', "#35;"},  {'<', "#lt;"},
                                                  {'>', "#gt;"},   {'&', "#amp;"}, {'`', "#96;"}};
  std::string result = "\"";
  for (const auto x : text) {
    const auto found = entities.find(x);
    if (found == entities.end())
      result += x;
    else
      result += found->second;
  }
  return result.append("\"");
}

/// What stands in the box of an operator, in two lines.
std::pair<std::string, std::string> label_of(const json& x) {
  return {text_of(x, "name"), rate_cell(x).text + ", busy " + busy_cell(x).text};
}

/// What stands beside an edge: nothing if its ends are fused.
std::string label_of_edge(const json& x) {
  const auto kind = text_of(x, "kind");
  if (kind == "fused")
    return {};
  const auto rate = number_of(x, "recordsPerSecond");
  return rate ? kind + ", " + rate_text(rate) : kind;
}

/// Numbers alone become names of nodes.
std::string id_of(const json& x, std::string_view name) {
  const auto id = number_of(x, name);
  return id && *id >= 0 && *id < 1e9 ? std::to_string(static_cast<long>(*id)) : "0";
}

/// The operators of each stage, with "" for those of none.
std::map<std::string, std::vector<const json*>> by_stage(const json& graph) {
  std::map<std::string, std::vector<const json*>> result;
  for (const auto& x : list_of(graph, "operators"))
    result[number_of(x, "stage") ? id_of(x, "stage") : ""].push_back(&x);
  return result;
}

} // namespace

std::string graph_as_dot(const json& graph) {
  std::string result = "digraph sluice {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
                       "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  for (const auto& [stage, operators] : by_stage(graph)) {
    if (!stage.empty())
      result.append("  subgraph cluster_").append(stage).append(" {\n    label=\"stage ").append(stage).append("\";\n");
    for (const auto* const x : operators) {
      const auto [name, load] = label_of(*x);
      // \n inside of the quotes is Graphviz's line end, so it is put there after the quoting.
      auto label = quoted_for_dot(name);
      label.pop_back();
      result.append("    o").append(id_of(*x, "id")).append(" [label=").append(label).append("\\n").append(load);
      result.append("\"];\n");
    }
    if (!stage.empty())
      result.append("  }\n");
  }
  for (const auto& x : list_of(graph, "edges")) {
    result.append("  o").append(id_of(x, "from")).append(" -> o").append(id_of(x, "to"));
    if (const auto label = label_of_edge(x); !label.empty())
      result.append(" [label=").append(quoted_for_dot(label)).append("]");
    result.append(";\n");
  }
  return result.append("}\n");
}

std::string graph_as_mermaid(const json& graph) {
  std::string result = "flowchart LR\n";
  for (const auto& [stage, operators] : by_stage(graph)) {
    if (!stage.empty())
      result.append("  subgraph s").append(stage).append(" [stage ").append(stage).append("]\n");
    for (const auto* const x : operators) {
      const auto [name, load] = label_of(*x);
      auto label = quoted_for_mermaid(name);
      label.pop_back();
      result.append("    o")
          .append(id_of(*x, "id"))
          .append("[")
          .append(label)
          .append("<br>")
          .append(load)
          .append("\"]\n");
    }
    if (!stage.empty())
      result.append("  end\n");
  }
  for (const auto& x : list_of(graph, "edges")) {
    const auto label = label_of_edge(x);
    result.append("  o").append(id_of(x, "from")).append(" -->");
    if (!label.empty())
      result.append("|").append(quoted_for_mermaid(label)).append("|");
    result.append(" o").append(id_of(x, "to")).append("\n");
  }
  return result;
}

} // namespace sluice::tool
