// SPDX-License-Identifier: BSD-3-Clause
//
// Operators on any number of streams of one type, as streaming_context offers them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sluice/operators/dataset/transform.hpp>
#include <sluice/operators/record/concat.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stream/composition_scope.hpp>
#include <sluice/operators/stream/dstream.hpp>

namespace sluice::detail {

/// A stream that other streams are put together with.
class first_stream : public stream_handle {
public:
  explicit first_stream(const stream_handle& from) : stream_handle{from} {}
  using stream_handle::add_parent;
  using stream_handle::child;
};

/// An operator on all of the streams, each over an edge of its own. Throws usage_error unless there is one at least,
/// and they go together and belong to the context.
template <record T>
topology_node joint_child(const std::shared_ptr<composition_scope>& scope, const std::vector<dstream<T>>& streams,
                          std::string kind) {
  if (streams.empty())
    throw usage_error{kind + " needs at least one stream"};
  const first_stream first{streams.front()};
  if (first.scope() != scope)
    throw usage_error{kind + " of streams of another context; call it on theirs"};
  auto node = first.child(std::move(kind), edge_kind::forward);
  for (std::size_t i = 1; i < streams.size(); ++i)
    first.add_parent(node, streams[i]);
  node.factory.make_sender = [](const sender_context& context) { return std::make_unique<forward_sender<T>>(context); };
  return node;
}

template <record T>
dstream<T> concatenate(const std::shared_ptr<composition_scope>& scope, const std::vector<dstream<T>>& streams) {
  auto node = joint_child(scope, streams, "union_all");
  node.factory.make = [](const operator_context& context) { return std::make_unique<concat_operator<T>>(context); };
  return add_node<T>(scope, std::move(node));
}

template <record T, class F>
auto transform_together(const std::shared_ptr<composition_scope>& scope, const std::vector<dstream<T>>& streams, F f) {
  static_assert(takes_datasets<F, std::vector<rdd<T>>>,
                "sluice: transform_all: the function cannot be called as f(std::vector<rdd>) or f(std::vector<rdd>, "
                "time)");
  using out = transformed<F, std::vector<rdd<T>>>;
  auto node = joint_child(scope, streams, "transform_all");
  node.partitions = 1;
  node.on_driver = true;
  node.factory.make = [f](const operator_context& context) {
    return std::make_unique<transform_all_operator<out, F, T>>(context, f);
  };
  return add_node<out>(scope, std::move(node));
}

} // namespace sluice::detail
