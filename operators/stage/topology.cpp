// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/topology.hpp>

#include <algorithm>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/hash.hpp>

namespace sluice {

namespace {

const char* arrow(edge_kind kind) {
  switch (kind) {
    case edge_kind::fused: return " <- ";
    case edge_kind::forward: return " <= ";
    case edge_kind::hash: return " <# ";
    case edge_kind::rebalance: return " <% ";
  }
  return " ? ";
}

std::string quoted(const std::set<std::string>& names) {
  std::string result;
  for (const auto& name : names)
    result += (result.empty() ? "'" : ", '") + name + '\'';
  return result;
}

} // namespace

topology_node::topology_node() = default;
topology_node::topology_node(const topology_node&) = default;
topology_node::topology_node(topology_node&&) noexcept = default;
topology_node& topology_node::operator=(const topology_node&) = default;
topology_node& topology_node::operator=(topology_node&&) noexcept = default;
topology_node::~topology_node() = default;

std::string label_of(const topology_node& node) {
  return node.name.starts_with(node.kind + '#') ? node.name : node.kind + " '" + node.name + '\'';
}

node_index topology::add(topology_node node) {
  check_not_frozen();
  const auto index = node_index{static_cast<std::uint32_t>(nodes_.size())};
  if (node.name.empty())
    node.name = node.kind + '#' + to_string(index);
  check_name(node.name, index);
  if (node.inbound == edge_kind::fused)
    for (const auto& parent : node.parents) {
      const auto& theirs = nodes_[parent.node.value()].partitioners;
      node.partitioners.insert(theirs.begin(), theirs.end());
    }
  if (!node.state_schema.empty() && !node.partitioners.empty()) {
    const auto by = " partitioned by " + quoted(node.partitioners);
    node.state_schema += by;
    for (auto& older : node.older_state_schemas)
      older += by;
  }
  if (node.output)
    ++outputs_;
  nodes_.push_back(std::move(node));
  return index;
}

const topology_node& topology::input(stream_id id) const {
  return *std::ranges::find(nodes_, std::optional{id}, &topology_node::input);
}

const topology_node& topology::output(output_number id) const {
  return *std::ranges::find(nodes_, std::optional{id}, &topology_node::output);
}

void topology::rename(node_index i, std::string name) {
  check_not_frozen();
  check_name(name, i);
  nodes_[i.value()].name = std::move(name);
}

void topology::checkpoint(node_index i, duration interval) {
  check_not_frozen();
  nodes_[i.value()].base_interval = interval;
}

void topology::check_name(const std::string& name, node_index of) const {
  if (name.empty() || name.size() > 200)
    throw usage_error{"an operator's name must have 1 to 200 bytes"};
  const auto owner = std::ranges::find(nodes_, name, &topology_node::name) - nodes_.begin();
  if (static_cast<std::size_t>(owner) != nodes_.size() && owner != of.value())
    throw usage_error{"two operators are named '" + name + "'; state is kept by name, so give each its own"};
}

void topology::check_not_frozen() const {
  if (!frozen_.empty())
    throw usage_error{frozen_};
}

std::string topology::describe() const {
  std::string result;
  for (const auto& node : nodes_) {
    result += node.name + ": " + node.kind;
    for (std::size_t i = 0; i < node.parents.size(); ++i) {
      const auto& [parent, outlet] = node.parents[i];
      result += (i == 0 ? arrow(node.inbound) : ", ") + nodes_[parent.value()].name;
      if (outlet != outlet_index{})
        result += '.' + to_string(outlet);
    }
    result += " -> " + node.record_schema;
    if (!node.state_schema.empty())
      result += " keeps " + node.state_schema;
    if (node.partitions)
      result += " on " + std::to_string(*node.partitions);
    if (node.inbound == edge_kind::hash && !node.partitioners.empty())
      result += " by " + quoted(node.partitioners);
    result += '\n';
  }
  return result;
}

std::uint64_t topology::fingerprint() const { return hash_bytes(describe()); }

} // namespace sluice
