// SPDX-License-Identifier: BSD-3-Clause
//
// The graph a user composes: one node an operator, in order of composition, so parents come before children. It is a
// value that can be printed, compared and fingerprinted; it knows nothing of partitions, actors or machines.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/operators/stage/output_guarantee.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice {

/// How records get from parent to child.
enum class edge_kind {
  fused,     ///< a call: both are in one stage
  forward,   ///< partition p of the parent sends to partition p modulo the child's count
  hash,      ///< every partition sends to every partition, by the hash of the key
  rebalance, ///< every partition sends to every partition, in turn
};

/// One of the streams that an operator emits.
struct stream_ref {
  node_index node;
  outlet_index outlet;

  friend auto operator<=>(stream_ref, stream_ref) = default;
};

/// One operator.
struct topology_node {
  // Written once, in topology.cpp: every operator of every program copies and moves nodes.
  topology_node();
  topology_node(const topology_node&);
  topology_node(topology_node&&) noexcept;
  topology_node& operator=(const topology_node&);
  topology_node& operator=(topology_node&&) noexcept;
  ~topology_node();

  std::string kind;                        ///< "map", "reduce_by_key", ...
  std::string name;                        ///< given, or derived from the place: "map#3"; keyed state is filed under it
  std::vector<stream_ref> parents;         ///< in order
  edge_kind inbound = edge_kind::fused;    ///< of all edges from the parents
  duration slide{1000};                    ///< between two datasets of what it emits
  std::optional<std::uint32_t> partitions; ///< copies of the stage this node starts; without it, the default
  std::set<std::string> partitioners;      ///< of the user's, that decide on which partition what it emits is
  bool gives_dead_letters = false;         ///< as its second stream
  bool prints = false;                     ///< an output that goes to standard output
  bool on_driver = false;                  ///< calls the user's functions where the program was started
  std::string record_schema;               ///< of what it emits (an output: of what it takes)
  std::string state_schema;                ///< of the keyed state it keeps; empty if none
  std::vector<std::string> older_state_schemas; ///< of states that it can go on with as well
  std::optional<duration> base_interval;        ///< between two bases of that state; without it, only as is due
  std::optional<stream_id> input;               ///< for an input stream's node
  std::optional<output_number> output;          ///< for an output
  output_guarantee guarantee = output_guarantee::at_least_once; ///< of an output
  operator_factory factory;
};

/// An operator in words, for messages: its kind and the name it was given, or "map#3".
std::string label_of(const topology_node& node);

class topology {
public:
  /// Adds an operator. `node.name` is the one given by the user, or empty. What is fused to its parents has their
  /// partitioners; the schema of a state names them, because the state is found again only by the same ones. Throws
  /// usage_error if frozen, or if the name is taken.
  node_index add(topology_node node);

  const std::vector<topology_node>& nodes() const { return nodes_; }
  const topology_node& node(node_index i) const { return nodes_[i.value()]; }

  /// The node of an input stream. Requires that there is one.
  const topology_node& input(stream_id id) const;

  /// The node of an output. Requires that there is one.
  const topology_node& output(output_number id) const;

  /// Renames an operator. Throws as `add`.
  void rename(node_index i, std::string name);

  /// Says how often all of an operator's state is written, see dstream::checkpoint. Throws usage_error if frozen.
  void checkpoint(node_index i, duration interval);

  /// From now on, whatever changes the program throws a usage_error that says `why`.
  void freeze(std::string why) { frozen_ = std::move(why); }

  /// Throws usage_error if frozen.
  void check_not_frozen() const;

  std::uint32_t outputs() const { return outputs_; }
  output_number next_output() const { return output_number{outputs_}; }

  /// One line a node: name, parents, schema. Two topologies are the same program iff their descriptions are equal.
  std::string describe() const;

  /// A hash of the description: the same on every node that composes the same program.
  std::uint64_t fingerprint() const;

private:
  void check_name(const std::string& name, node_index of) const;

  std::vector<topology_node> nodes_;
  std::uint32_t outputs_ = 0;
  std::string frozen_;
};

} // namespace sluice
