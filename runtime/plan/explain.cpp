// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/plan/explain.hpp>

#include <algorithm>
#include <set>
#include <string_view>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

namespace {

const char* words_for(const plan_edge& edge) {
  switch (edge.kind) {
    case edge_kind::fused:
    case edge_kind::forward: return edge.targets == 1 ? "gathered" : "partition to partition";
    case edge_kind::hash: return "by key";
    case edge_kind::rebalance: return "in turn";
  }
  return "?";
}

bool is_shuffle(edge_kind kind) { return kind == edge_kind::hash || kind == edge_kind::rebalance; }

std::string counted_partitions(std::uint32_t n) { return std::to_string(n) + (n == 1 ? " partition" : " partitions"); }

std::string title_of(const stage_plan& stage) {
  return "stage " + to_string(stage.id) + ", " + counted_partitions(stage.partitions)
         + (stage.on_driver ? " on the driver" : "");
}

/// "name", and the kind of operator where the name does not begin with it.
std::string caption_of(const topology_node& node) {
  return node.name.starts_with(node.kind) ? node.name : node.name + ": " + node.kind;
}

/// The common part of all pictures: each node, and each edge once.
class picture {
public:
  picture(const topology& graph, const execution_plan& plan) : graph_{graph}, plan_{plan} {}
  virtual ~picture() = default;

  std::string draw() {
    begin();
    for (const auto& stage : plan_.stages) {
      begin_stage(stage);
      for (const auto i : stage.nodes)
        add_node(i, graph_.node(i));
      end_stage();
    }
    for (const auto& stage : plan_.stages) {
      for (const auto i : stage.nodes)
        for (const auto& parent : graph_.node(i).parents)
          if (std::ranges::binary_search(stage.nodes, parent.node))
            add_edge(parent.node, i, nullptr);
      for (const auto& edge : stage.inbound)
        if (edge.from)
          add_edge(edge.from->node, edge.to, &edge);
    }
    end();
    return std::move(text_);
  }

protected:
  std::string text_;

private:
  virtual void begin() = 0;
  virtual void begin_stage(const stage_plan& stage) = 0;
  virtual void add_node(node_index i, const topology_node& node) = 0;
  virtual void end_stage() = 0;
  /// @param between null for two operators of one stage.
  virtual void add_edge(node_index from, node_index to, const plan_edge* between) = 0;
  virtual void end() = 0;

  const topology& graph_;
  const execution_plan& plan_;
};

class dot_picture final : public picture {
public:
  using picture::picture;

private:
  static std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const auto c : text)
      if (c == '"' || c == '\\')
        (result += '\\') += c;
      else
        result += c == '\n' ? ' ' : c;
    return result + '"';
  }

  static const char* shape_of(const topology_node& node) {
    if (node.input || node.output)
      return "ellipse";
    return node.state_schema.empty() ? "box" : "cylinder";
  }

  void begin() override { text_ += "digraph sluice {\n  node [shape=box];\n"; }

  void begin_stage(const stage_plan& stage) override {
    text_ += "  subgraph cluster_" + to_string(stage.id) + " {\n    label=" + quoted(title_of(stage)) + ";\n";
  }

  void add_node(node_index i, const topology_node& node) override {
    text_ += "    n" + to_string(i) + " [label=" + quoted(caption_of(node)) + ", shape=" + shape_of(node) + "];\n";
  }

  void end_stage() override { text_ += "  }\n"; }

  void add_edge(node_index from, node_index to, const plan_edge* between) override {
    text_ += "  n" + to_string(from) + " -> n" + to_string(to);
    if (between)
      text_ += " [label=" + quoted(words_for(*between)) + (is_shuffle(between->kind) ? ", style=bold]" : "]");
    text_ += ";\n";
  }

  void end() override { text_ += "}\n"; }
};

class mermaid_picture final : public picture {
public:
  using picture::picture;

private:
  static std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const auto c : text)
      if (c == '"')
        result += "#quot;";
      else if (c == '#')
        result += "#35;";
      else
        result += c == '\n' ? ' ' : c;
    return result + '"';
  }

  void begin() override { text_ += "flowchart TB\n"; }

  void begin_stage(const stage_plan& stage) override {
    text_ += "  subgraph s" + to_string(stage.id) + "[" + quoted(title_of(stage)) + "]\n";
  }

  void add_node(node_index i, const topology_node& node) override {
    const auto label = quoted(caption_of(node));
    text_ += "    n" + to_string(i);
    if (node.input || node.output)
      text_ += "([" + label + "])\n";
    else if (!node.state_schema.empty())
      text_ += "[(" + label + ")]\n";
    else
      text_ += "[" + label + "]\n";
  }

  void end_stage() override { text_ += "  end\n"; }

  void add_edge(node_index from, node_index to, const plan_edge* between) override {
    text_ += "  n" + to_string(from);
    if (!between)
      text_ += " --> ";
    else if (is_shuffle(between->kind))
      text_ += std::string{" == "} + words_for(*between) + " ==> ";
    else
      text_ += std::string{" -- "} + words_for(*between) + " --> ";
    text_ += 'n' + to_string(to) + '\n';
  }

  void end() override {}
};

/// One line of a stage: what the operator is made of, what it emits and keeps, and how often if not as its parents do.
std::string describe_node(const topology& graph, const topology_node& node) {
  auto result = "  " + caption_of(node);
  for (std::size_t i = 0; i < node.parents.size(); ++i)
    result += (i == 0 ? " <- " : ", ") + graph.node(node.parents[i].node).name;
  result += (node.output ? ", takes " : ", emits ") + node.record_schema;
  if (!node.state_schema.empty())
    result += ", keeps " + node.state_schema;
  if (node.output && node.guarantee != output_guarantee::at_least_once)
    result += std::string{", delivers "} + to_string(node.guarantee);
  if (!node.parents.empty() && node.slide != graph.node(node.parents.front().node).slide)
    result += ", every " + to_string(node.slide);
  return result + '\n';
}

std::string explain_in_words(const topology& graph, const execution_plan& plan) {
  std::string result;
  std::set<node_index> placed;
  for (const auto& stage : plan.stages) {
    result += title_of(stage) + '\n';
    for (const auto& edge : stage.inbound)
      if (edge.from_stage)
        result += "  receives " + graph.node(edge.from->node).name + " from stage " + to_string(*edge.from_stage) + ", "
                  + words_for(edge) + ", " + std::to_string(edge.senders) + " to " + std::to_string(edge.targets)
                  + '\n';
    for (const auto i : stage.nodes) {
      result += describe_node(graph, graph.node(i));
      placed.insert(i);
    }
  }
  for (std::uint32_t i = 0; i < graph.nodes().size(); ++i)
    if (!placed.contains(node_index{i}))
      result += "never computed, for it leads to no output: " + graph.node(node_index{i}).name + '\n';
  return result;
}

} // namespace

std::string explain(const topology& graph, const execution_plan& plan, plan_format format) {
  switch (format) {
    case plan_format::dot: return dot_picture{graph, plan}.draw();
    case plan_format::mermaid: return mermaid_picture{graph, plan}.draw();
    case plan_format::text: break;
  }
  return explain_in_words(graph, plan);
}

plan_format parse_plan_format(const std::string& text) {
  if (text == "text")
    return plan_format::text;
  if (text == "dot")
    return plan_format::dot;
  if (text == "mermaid")
    return plan_format::mermaid;
  throw usage_error{"a plan can be shown as text, dot or mermaid, not as '" + text + "'"};
}

} // namespace sluice
