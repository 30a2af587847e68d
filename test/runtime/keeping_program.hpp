// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/operators/stage/topology.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice::test {

/// Names of operators, and the types of the states that they keep.
using schemas = std::vector<std::pair<std::string, std::string>>;

/// A program whose operators keep states of these names and types.
inline topology keeping_program(const schemas& states) {
  topology result;
  topology_node in;
  in.kind = "input";
  result.add(std::move(in));
  for (const auto& [name, schema] : states) {
    topology_node node;
    node.kind = "update_state_by_key";
    node.name = name;
    node.parents = {{node_index{0}, {}}};
    node.inbound = edge_kind::hash;
    node.state_schema = schema;
    result.add(std::move(node));
  }
  return result;
}

} // namespace sluice::test
