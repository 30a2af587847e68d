// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/plan/planner.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace sluice {

namespace {

/// Works on draft stages, which are merged where streams that do not depend on each other are united.
class planner {
public:
  planner(const topology& graph, std::uint32_t default_partitions)
      : graph_{graph}, default_partitions_{default_partitions}, needed_(graph.nodes().size(), false),
        stage_of_(graph.nodes().size(), no_stage) {}

  execution_plan run() {
    mark_needed();
    for (std::uint32_t i = 0; i < graph_.nodes().size(); ++i)
      if (needed_[i])
        place(node_index{i});
    return finish();
  }

private:
  static constexpr std::size_t no_stage = ~std::size_t{0};

  struct draft {
    std::uint32_t partitions = 1;
    bool on_driver = false;
    std::set<std::size_t> successors; ///< drafts that this one sends to; resolve with `root`
    std::size_t merged_into = no_stage;
  };

  void mark_needed() {
    for (auto i = graph_.nodes().size(); i-- > 0;) {
      const auto& node = graph_.nodes()[i];
      needed_[i] = needed_[i] || node.output;
      if (needed_[i])
        for (const auto& parent : node.parents)
          needed_[parent.node.value()] = true;
    }
  }

  std::size_t root(std::size_t stage) const {
    while (drafts_[stage].merged_into != no_stage)
      stage = drafts_[stage].merged_into;
    return stage;
  }

  std::size_t stage_of(node_index i) const { return root(stage_of_[i.value()]); }

  void place(node_index i) {
    const auto& node = graph_.node(i);
    auto& stage = stage_of_[i.value()];
    if (node.output) {
      if (output_stage_ == no_stage)
        output_stage_ = add_draft(1);
      stage = output_stage_;
    } else if (node.inbound == edge_kind::fused && can_fuse(node)) {
      stage = stage_of(node.parents.front().node);
      for (const auto& parent : node.parents)
        merge(stage_of(parent.node), stage);
    } else {
      const auto shuffled = node.inbound == edge_kind::hash || node.inbound == edge_kind::rebalance;
      stage = add_draft(
          node.partitions.value_or(shuffled || node.parents.empty() ? default_partitions_ : most_partitions(node)));
    }
    drafts_[root(stage)].on_driver |= node.on_driver || node.output;
    for (const auto& parent : node.parents)
      if (stage_of(parent.node) != root(stage))
        drafts_[stage_of(parent.node)].successors.insert(stage);
  }

  std::size_t add_draft(std::uint32_t partitions) {
    drafts_.push_back({partitions, false, {}, no_stage});
    return drafts_.size() - 1;
  }

  /// With as many partitions as the widest parent, no partition is left without a sender: it would never learn that a
  /// batch has ended.
  std::uint32_t most_partitions(const topology_node& node) const {
    std::uint32_t result = 1;
    for (const auto& parent : node.parents)
      result = std::max(result, drafts_[stage_of(parent.node)].partitions);
    return result;
  }

  /// An operator joins the stage of its parents if they are one, or may become one: with as many partitions, and none
  /// behind the other (a stage that sends to itself would wait for itself).
  bool can_fuse(const topology_node& node) const {
    const auto first = stage_of(node.parents.front().node);
    return std::ranges::all_of(node.parents, [&](const stream_ref& parent) {
      const auto other = stage_of(parent.node);
      return other == first
             || (drafts_[other].partitions == drafts_[first].partitions && !reaches(first, other)
                 && !reaches(other, first));
    });
  }

  bool reaches(std::size_t from, std::size_t to) const {
    std::set<std::size_t> seen;
    const auto visit = [&](const auto& self, std::size_t stage) -> bool {
      return std::ranges::any_of(drafts_[stage].successors, [&](std::size_t next) {
        const auto there = root(next);
        return there == to || (seen.insert(there).second && self(self, there));
      });
    };
    return visit(visit, from);
  }

  void merge(std::size_t from, std::size_t into) {
    if (from == into)
      return;
    drafts_[into].successors.merge(drafts_[from].successors);
    drafts_[into].on_driver |= drafts_[from].on_driver;
    drafts_[from].merged_into = into;
  }

  /// Stages in an order in which senders come before receivers: that of their first nodes, except that a merged stage
  /// may have to wait for a later one. The outputs come last.
  std::vector<std::size_t> ordered_stages() const {
    std::vector<std::size_t> result;
    std::set<std::size_t> placed;
    const auto visit = [&](const auto& self, std::size_t stage) -> void {
      if (!placed.insert(stage).second)
        return;
      for (const auto next : drafts_[stage].successors)
        self(self, root(next));
      result.push_back(stage);
    };
    for (auto i = graph_.nodes().size(); i-- > 0;)
      if (needed_[i])
        visit(visit, stage_of(node_index{static_cast<std::uint32_t>(i)}));
    std::ranges::reverse(result);
    return result;
  }

  execution_plan finish() {
    execution_plan plan;
    std::map<std::size_t, stage_id> ids;
    for (const auto stage : ordered_stages()) {
      const auto id = stage_id{static_cast<std::uint32_t>(plan.stages.size())};
      ids.emplace(stage, id);
      plan.stages.push_back(
          {id, drafts_[stage].partitions, {}, {}, {}, stage == output_stage_, drafts_[stage].on_driver});
    }
    std::uint32_t edges = 0;
    for (std::uint32_t i = 0; i < graph_.nodes().size(); ++i) {
      if (!needed_[i])
        continue;
      const auto& node = graph_.nodes()[i];
      auto& stage = plan.stages[ids.at(stage_of(node_index{i})).value()];
      stage.nodes.push_back(node_index{i});
      const auto kind = node.inbound == edge_kind::fused ? edge_kind::forward : node.inbound;
      if (node.input) {
        const plan_edge edge{edge_id{edges++}, node_index{i}, {}, stage.id, {}, kind, 1, stage.partitions, {}};
        stage.inbound.push_back(edge);
        plan.inputs.push_back(edge);
      }
      for (std::uint32_t port = 0; port < node.parents.size(); ++port) {
        const auto parent = node.parents[port];
        auto& sender = plan.stages[ids.at(stage_of(parent.node)).value()];
        if (sender.id == stage.id)
          continue;
        const plan_edge edge{edge_id{edges++}, node_index{i},     parent, stage.id, sender.id, kind, sender.partitions,
                             stage.partitions, parent_index{port}};
        stage.inbound.push_back(edge);
        sender.outbound.push_back(edge);
      }
    }
    return plan;
  }

  const topology& graph_;
  std::uint32_t default_partitions_;
  std::vector<bool> needed_;
  std::vector<std::size_t> stage_of_;
  std::vector<draft> drafts_;
  std::size_t output_stage_ = no_stage;
};

} // namespace

execution_plan make_plan(const topology& graph, std::uint32_t default_partitions) {
  return planner{graph, default_partitions}.run();
}

} // namespace sluice
