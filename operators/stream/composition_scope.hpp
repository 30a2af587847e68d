// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/codec.hpp>
#include <sluice/operators/dataset/kept_datasets.hpp>
#include <sluice/operators/shuffle/router.hpp>
#include <sluice/operators/stage/function_result.hpp>
#include <sluice/operators/stage/topology.hpp>
#include <sluice/operators/window/window_span.hpp>

namespace sluice {

template <record T>
class dstream;

namespace detail {

/// The topology that is being composed, and what its operators need to know of the context.
struct composition_scope {
  topology graph;
  duration interval{1000};                                             ///< between batches
  std::size_t print_limit = 10;                                        ///< of a `print()` without a number
  duration remember{0};                                                ///< how long persisted streams are kept at least
  std::map<stream_ref, std::shared_ptr<kept_datasets_base>> histories; ///< of persisted streams
};

/// A handle to one stream of the topology under composition, whatever its records.
class stream_handle {
public:
  stream_handle(std::shared_ptr<composition_scope> scope, stream_ref ref) : scope_{std::move(scope)}, ref_{ref} {}

  const std::shared_ptr<composition_scope>& scope() const { return scope_; }
  stream_ref ref() const { return ref_; }

  /// The name of the operator that emits this stream: given, or derived from its place.
  const std::string& name() const { return scope_->graph.node(ref_.node).name; }

  /// The time between two datasets of this stream.
  duration slide() const { return scope_->graph.node(ref_.node).slide; }

protected:
  /// An operator on this stream.
  topology_node child(std::string kind, edge_kind inbound) const {
    topology_node node;
    node.kind = std::move(kind);
    node.inbound = inbound;
    node.parents = {ref_};
    node.slide = slide();
    return node;
  }

  /// An operator that gets records by key, as a partitioner has it.
  template <class By>
  topology_node keyed_child(std::string kind, const By& by) const {
    auto node = child(std::move(kind), edge_kind::hash);
    node.partitions = checked(by.num_partitions());
    node.partitioners = names_of(by);
    return node;
  }

  /// Gives an operator on this stream another parent. Throws usage_error unless the two streams go together.
  void add_parent(topology_node& node, const stream_handle& other) const {
    if (other.scope_ != scope_)
      throw usage_error{node.kind + " of streams of two contexts; compose them in one"};
    if (other.slide() != slide())
      throw usage_error{node.kind + " of '" + name() + "', which has a batch every " + to_string(slide()) + ", and '"
                        + other.name() + "', which has one every " + to_string(other.slide())
                        + "; give them the same slide"};
    node.parents.push_back(other.ref_);
  }

  /// The span of a window on this stream. Throws usage_error unless both are multiples of its slide.
  window_span checked_span(duration length, std::optional<duration> given) const {
    const auto own = slide();
    const window_span result{length, given.value_or(own)};
    if (length <= duration{0} || length % own != duration{0})
      throw usage_error{"a window of " + to_string(length) + " cannot be made of '" + name()
                        + "', which has a batch every " + to_string(own) + ": its length must be a multiple of that"};
    if (result.slide <= duration{0} || result.slide % own != duration{0})
      throw usage_error{"a window cannot slide by " + to_string(result.slide) + " over '" + name()
                        + "', which has a batch every " + to_string(own) + ": its slide must be a multiple of that"};
    return result;
  }

  static std::optional<std::uint32_t> checked(std::optional<std::uint32_t> partitions) {
    if (partitions && *partitions == 0)
      throw usage_error{"a stream must have at least one partition"};
    return partitions;
  }

private:
  std::shared_ptr<composition_scope> scope_;
  stream_ref ref_;
};

/// Adds an operator to the topology, and returns its main stream.
template <class Out>
dstream<Out> add_node(const std::shared_ptr<composition_scope>& scope, topology_node node) {
  node.record_schema = codec<Out>::schema();
  const auto index = scope->graph.add(std::move(node));
  return dstream<Out>{stream_handle{scope, {index, {}}}};
}

} // namespace detail

} // namespace sluice
