// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage.hpp>

#include <algorithm>

#include <sluice/actors/errors.hpp>

namespace sluice {

namespace {

std::set<end_tracker::sender> senders_of(const stage_plan& plan, partition_id partition) {
  std::set<end_tracker::sender> result;
  for (const auto& edge : plan.inbound)
    for (std::uint32_t from = 0; from < edge.senders; ++from)
      if (edge.connects(partition_id{from}, partition))
        result.emplace(edge.id, partition_id{from});
  return result;
}

} // namespace

stage::stage(const topology& graph, const stage_plan& plan, partition_id partition, std::ostream& standard_output)
    : partition_{partition}, ends_{senders_of(plan, partition)} {
  // Consumers are made before what they consume, so that each operator can be given its consumers' sinks.
  std::map<node_index, std::vector<any_sink*>> consumers;
  for (const auto& edge : plan.outbound) {
    auto sender = graph.node(edge.to).factory.make_sender({edge.id, partition, edge.targets, &effects_, edge.port});
    consumers[*edge.from].push_back(sender->input());
    operators_.push_back(std::move(sender));
  }
  for (auto i = plan.nodes.rbegin(); i != plan.nodes.rend(); ++i) {
    const auto& node = graph.node(*i);
    auto made = node.factory.make({node.name, partition, plan.partitions, consumers[*i], &standard_output});
    for (const auto parent : node.parents)
      if (node.inbound == edge_kind::fused && std::ranges::binary_search(plan.nodes, parent))
        consumers[parent].push_back(made->input());
    if (!node.state_schema.empty())
      keepers_.emplace(node.name, made.get());
    for (const auto& edge : plan.inbound)
      if (edge.to == *i)
        entries_.emplace(edge.id, entry{made.get(), edge.port});
    operators_.push_back(std::move(made));
  }
  std::ranges::reverse(operators_);
}

std::vector<state_id> stage::states() const {
  std::vector<state_id> result;
  for (const auto& [name, keeper] : keepers_)
    result.push_back({name, partition_});
  return result;
}

caf::error stage::restore(const state_id& id, const batch& piece) {
  return keepers_.at(id.operator_name)->restore(piece);
}

caf::error stage::on_data(edge_id edge, partition_id from, batch_time t, const batch& records) {
  const auto found = entries_.find(edge);
  if (found == entries_.end())
    return make_error(ec::schema_mismatch, "a batch arrived over an unknown edge");
  open(t);
  return found->second.to->receive(found->second.port, from, records);
}

void stage::on_end(edge_id edge, partition_id from, batch_time t) {
  ends_.end({edge, from}, t);
  while (const auto ended = ends_.next_closed())
    close(*ended);
}

void stage::open(batch_time t) {
  if (open_ == t)
    return;
  for (const auto& op : operators_)
    op->open(t);
  open_ = t;
}

void stage::close(batch_time t) {
  open(t);
  for (const auto& op : operators_)
    op->close(t, effects_);
  effects_.closed.push_back(t);
  open_.reset();
}

} // namespace sluice
