// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <ranges>

#include <sluice/operators/cogroup.hpp>
#include <sluice/operators/count.hpp>
#include <sluice/operators/filter.hpp>
#include <sluice/operators/flat_map.hpp>
#include <sluice/operators/group_by_key.hpp>
#include <sluice/operators/map.hpp>
#include <sluice/operators/output.hpp>
#include <sluice/operators/pass.hpp>
#include <sluice/operators/print.hpp>
#include <sluice/operators/reduce_by_key.hpp>
#include <sluice/operators/senders.hpp>
#include <sluice/operators/split.hpp>
#include <sluice/operators/topology.hpp>
#include <sluice/operators/update_state_by_key.hpp>
#include <sluice/operators/updated_state.hpp>
#include <sluice/operators/window.hpp>

namespace sluice {

template <record T>
class dstream;

namespace detail {

/// The topology that is being composed, and what its operators need to know of the context.
struct composition_scope {
  topology graph;
  duration interval{1000};      ///< between batches
  std::size_t print_limit = 10; ///< of a `print()` without a number
};

/// What `f(x)` returns, as a record.
template <class F, class... Args>
using result_of = std::remove_cvref_t<std::invoke_result_t<F&, Args...>>;

/// A function that says itself what it emits, like `split`.
template <class F>
concept declares_emitted = requires { typename F::emits; };

template <class Out>
dstream<Out> add_node(std::shared_ptr<composition_scope> scope, topology_node node);

} // namespace detail

/// A stream of records, one dataset a batch: a handle to a node of the topology under composition. Operators return new
/// streams and do nothing until the context starts; a stream that leads to no output is never computed. User functions
/// are copied once a partition, run on worker threads, and get records by const reference. Records may be views into
/// their batch: they and what is made of them may be returned, but not kept (see owned_t).
template <record T>
class dstream {
public:
  using record_type = T;

  /// One record of f(record) for each record.
  template <class F>
  auto map(F f) const {
    static_assert(std::invocable<F&, const T&>,
                  "sluice: map: the function cannot be called with this stream's records");
    using out = detail::result_of<F, const T&>;
    static_assert(record<out>, "sluice: map: what the function returns cannot be a record (see actors/record.hpp)");
    return fuse<out>("map", [f](const operator_context& context) {
      return std::make_unique<detail::map_operator<T, out, F>>(context, f);
    });
  }

  /// The elements of the range f(record), for each record. A function with a member type `emits` (like `split`) is
  /// called as f(record, emit) instead and calls emit(x) for each result.
  template <class F>
  auto flat_map(F f) const {
    if constexpr (detail::declares_emitted<F>) {
      return flat_map<typename F::emits>(std::move(f));
    } else {
      static_assert(
          std::invocable<F&, const T&>,
          "sluice: flat_map: the function cannot be called with this stream's records; if it takes an emitter, "
          "say what it emits: flat_map<X>(f)");
      using range = detail::result_of<F, const T&>;
      static_assert(std::ranges::input_range<range>, "sluice: flat_map: the function does not return a range");
      return expand<std::ranges::range_value_t<range>>(std::move(f));
    }
  }

  /// Whatever f(record, emit) emits by calling emit(x) with an x of type Out, for each record.
  template <record Out, class F>
  dstream<Out> flat_map(F f) const {
    static_assert(std::invocable<F&, const T&, emitter<Out>&>,
                  "sluice: flat_map<X>: the function cannot be called as f(record, emit)");
    return expand<Out>(std::move(f));
  }

  /// The records for which f(record) is true.
  template <class F>
  dstream filter(F f) const {
    static_assert(std::predicate<F&, const T&>, "sluice: filter: the function cannot be called with this stream's "
                                                "records, or does not return a bool");
    return fuse<T>("filter", [f](const operator_context& context) {
      return std::make_unique<detail::filter_operator<T, F>>(context, f);
    });
  }

  /// The records of both streams. They must belong to the same context.
  dstream union_with(const dstream& other) const {
    if (other.scope_ != scope_)
      throw usage_error{"union of streams of two contexts; compose them in one"};
    topology_node node;
    node.kind = "union";
    node.parents = {node_, other.node_};
    node.factory.make = [](const operator_context& context) {
      return std::make_unique<detail::pass_operator<T>>(context);
    };
    node.factory.make_sender = [](const sender_context& context) {
      return std::make_unique<spread_sender<T>>(context);
    };
    return detail::add_node<T>(scope_, std::move(node));
  }

  /// The number of records: one record a batch, 0 for an empty batch.
  dstream<std::int64_t> count() const {
    auto node = child("count", edge_kind::spread);
    node.partitions = 1;
    node.factory.make = [](const operator_context& context) {
      return std::make_unique<detail::count_operator>(context);
    };
    node.factory.make_sender = [](const sender_context& context) {
      return std::make_unique<detail::count_sender<T>>(context);
    };
    return detail::add_node<std::int64_t>(scope_, std::move(node));
  }

  /// All records of a batch reduced to one with f, which must be associative and commutative and return what it takes.
  /// Nothing for an empty batch.
  template <class F>
  dstream reduce(F f) const {
    return map([](const T& x) { return std::pair{true, x}; }).reduce_by_key(std::move(f), 1).map([](const auto& x) {
      return x.second;
    });
  }

  /// (value, how often it occurs) for every value of a batch.
  auto count_by_value(std::optional<std::uint32_t> partitions = {}) const {
    return map([](const T& x) { return std::pair{x, std::int64_t{1}}; }).reduce_by_key(std::plus<>{}, partitions);
  }

  /// The records of the last `length`, every batch: those of all batches in (t - length, t]. Throws usage_error unless
  /// the length is a multiple of the batch interval. What a window holds is in memory only: it starts empty after a
  /// restart.
  dstream window(duration length) const {
    if (length <= duration{0} || length % scope_->interval != duration{0})
      throw usage_error{"a window of " + to_string(length) + " cannot be made of batches of "
                        + to_string(scope_->interval) + ": its length must be a multiple of the batch interval"};
    return fuse<T>("window(" + to_string(length) + ")", [length](const operator_context& context) {
      return std::make_unique<detail::window_operator<T>>(context, length);
    });
  }

  /// (key, f(record)) of (key, record).
  template <class F>
    requires pair_record<T>
  auto map_values(F f) const {
    using value = typename T::second_type;
    static_assert(std::invocable<F&, const value&>,
                  "sluice: map_values: the function cannot be called with the values");
    using out = std::pair<typename T::first_type, detail::result_of<F, const value&>>;
    auto on_pair = [f](const T& x) mutable { return out(x.first, std::invoke(f, x.second)); };
    return fuse<out>("map_values", [on_pair](const operator_context& context) {
      return std::make_unique<detail::map_operator<T, out, decltype(on_pair)>>(context, on_pair);
    });
  }

  /// (key, x) for every x of the range f(value), of (key, value).
  template <class F>
    requires pair_record<T>
  auto flat_map_values(F f) const {
    using value = typename T::second_type;
    static_assert(std::invocable<F&, const value&>,
                  "sluice: flat_map_values: the function cannot be called with the values");
    using range = detail::result_of<F, const value&>;
    static_assert(std::ranges::input_range<range>, "sluice: flat_map_values: the function does not return a range");
    using out = std::pair<typename T::first_type, std::ranges::range_value_t<range>>;
    return flat_map<out>([f](const T& x, auto& emit) mutable {
      for (auto&& each : std::invoke(f, x.second))
        emit(out(x.first, std::forward<decltype(each)>(each)));
    });
  }

  /// The same pairs, those with the same key on one partition.
  dstream partition_by(std::optional<std::uint32_t> partitions = {}) const
    requires pair_record<T>
  {
    auto node = keyed_child("partition_by", partitions);
    node.factory.make = [](const operator_context& context) {
      return std::make_unique<detail::pass_operator<T>>(context);
    };
    node.factory.make_sender = [](const sender_context& context) { return std::make_unique<key_sender<T>>(context); };
    return detail::add_node<T>(scope_, std::move(node));
  }

  /// (key, all its values in this batch), in no order across partitions.
  auto group_by_key(std::optional<std::uint32_t> partitions = {}) const
    requires pair_record<T>
  {
    using key = typename T::first_type;
    using value = typename T::second_type;
    auto node = keyed_child("group_by_key", partitions);
    node.factory.make = [](const operator_context& context) {
      return std::make_unique<detail::group_operator<key, value>>(context);
    };
    node.factory.make_sender = [](const sender_context& context) { return std::make_unique<key_sender<T>>(context); };
    return detail::add_node<std::pair<key, std::vector<value>>>(scope_, std::move(node));
  }

  /// (key, (all values here, all values there)) for every key of either stream.
  template <pair_record Other>
    requires pair_record<T>
  auto cogroup(const dstream<Other>& other, std::optional<std::uint32_t> partitions = {}) const {
    return meet<detail::emit_groups<typename T::first_type, typename T::second_type, typename Other::second_type>>(
        "cogroup", other, partitions);
  }

  /// (key, (here, there)) for every pair of values with the same key in the same batch.
  template <pair_record Other>
    requires pair_record<T>
  auto join(const dstream<Other>& other, std::optional<std::uint32_t> partitions = {}) const {
    return join_as<detail::join_kind::inner>("join", other, partitions);
  }

  /// As join, and (key, (here, none)) for values whose key is not there.
  template <pair_record Other>
    requires pair_record<T>
  auto left_outer_join(const dstream<Other>& other, std::optional<std::uint32_t> partitions = {}) const {
    return join_as<detail::join_kind::left_outer>("left_outer_join", other, partitions);
  }

  /// As join, and (key, (none, there)) for values whose key is not here.
  template <pair_record Other>
    requires pair_record<T>
  auto right_outer_join(const dstream<Other>& other, std::optional<std::uint32_t> partitions = {}) const {
    return join_as<detail::join_kind::right_outer>("right_outer_join", other, partitions);
  }

  /// As join, and the values of either side whose key is not on the other.
  template <pair_record Other>
    requires pair_record<T>
  auto full_outer_join(const dstream<Other>& other, std::optional<std::uint32_t> partitions = {}) const {
    return join_as<detail::join_kind::full_outer>("full_outer_join", other, partitions);
  }

  /// One pair a key: its values, reduced with f, which must be associative and commutative and return what it takes.
  /// @param partitions how many partitions the result has; by default the context's.
  template <class F>
    requires pair_record<T>
  dstream reduce_by_key(F f, std::optional<std::uint32_t> partitions = {}) const {
    using key = typename T::first_type;
    using value = typename T::second_type;
    static_assert(std::is_invocable_r_v<value, F&, const value&, const value&>,
                  "sluice: reduce_by_key: the function cannot be called as value f(value, value)");
    auto node = keyed_child("reduce_by_key", partitions);
    node.factory.make = [f](const operator_context& context) {
      return std::make_unique<detail::reduce_operator<key, value, F>>(context, f);
    };
    node.factory.make_sender = [f](const sender_context& context) {
      return std::make_unique<detail::combine_sender<key, value, F>>(context, f);
    };
    return detail::add_node<T>(scope_, std::move(node));
  }

  /// Keeps a state for each key. Every batch, for every key that has state or values in it,
  /// `f(std::span<const value> values, std::optional<S> old)` returns the new state as std::optional<S>, none to forget
  /// the key. Emits (key, state) of all keys, every batch. Keys and values are owned (see owned_t).
  /// With a checkpoint directory the state survives; it belongs to the operator's name (see `named`).
  template <class F>
    requires pair_record<T>
  auto update_state_by_key(F f, std::optional<std::uint32_t> partitions = {}) const {
    return update_state_by_key<detail::updated_state<F>>(std::move(f), partitions);
  }

  /// The same for a generic function, whose state type cannot be seen in its signature.
  template <record state, class F>
    requires pair_record<T>
  auto update_state_by_key(F f, std::optional<std::uint32_t> partitions = {}) const {
    using key = typename T::first_type;
    using value = typename T::second_type;
    static_assert(
        std::is_invocable_r_v<std::optional<state>, F&, std::span<const owned_t<value>>, std::optional<state>>,
        "sluice: update_state_by_key: the function cannot be called as "
        "std::optional<S> f(std::span<const value>, std::optional<S>)");
    static_assert(detail::owns_itself<state>,
                  "sluice: update_state_by_key: the state outlives every batch, so it must own "
                  "its content: std::string, not std::string_view");
    auto node = keyed_child("update_state_by_key", partitions);
    node.state_schema = codec<std::pair<key, state>>::schema();
    node.factory.make = [f](const operator_context& context) {
      return std::make_unique<detail::update_state_operator<key, value, state, F>>(context, f);
    };
    node.factory.make_sender = [](const sender_context& context) { return std::make_unique<key_sender<T>>(context); };
    return detail::add_node<std::pair<key, state>>(scope_, std::move(node));
  }

  /// Output: the first `n` records of every batch on the driver's standard output, in Spark's format.
  void print(std::size_t n) const {
    add_output("print", n == print_all ? n : n + 1, [n](const operator_context& context) {
      auto show = [&out = *context.standard_output, n](const rdd<T>& records, batch_time t) {
        if (!(out << detail::format_print(records, t, n) << std::flush))
          throw runtime_failure{"print cannot write to standard output; is its disk full, or its reader gone?"};
      };
      return std::make_unique<detail::output_operator<T, decltype(show)>>(show);
    });
  }

  /// As print(n), with the n of the command line's --print (10).
  void print() const { print(scope_->print_limit); }

  /// Output: calls f(rdd<T>) or f(rdd<T>, batch_time) on the driver, once a batch, in order of time and, within a
  /// batch, of definition.
  template <class F>
  void foreach_rdd(F f) const {
    static_assert(std::invocable<F&, const rdd<T>&, batch_time> || std::invocable<F&, const rdd<T>&>,
                  "sluice: foreach_rdd: the function cannot be called as f(rdd) or f(rdd, time)");
    add_output("foreach_rdd", print_all, [f](const operator_context&) {
      auto call = [f](const rdd<T>& records, batch_time t) mutable {
        if constexpr (std::invocable<F&, const rdd<T>&, batch_time>)
          f(records, t);
        else
          f(records);
      };
      return std::make_unique<detail::output_operator<T, decltype(call)>>(call);
    });
  }

  /// Names this stream's operator: keyed state is kept under the name, so a named operator keeps its state when
  /// operators before it are added or removed.
  dstream named(std::string name) const {
    scope_->graph.rename(node_, std::move(name));
    return *this;
  }

private:
  template <record>
  friend class dstream;
  template <class Out>
  friend dstream<Out> detail::add_node(std::shared_ptr<detail::composition_scope> scope, topology_node node);

  dstream(std::shared_ptr<detail::composition_scope> scope, node_index node) : scope_{std::move(scope)}, node_{node} {}

  topology_node child(std::string kind, edge_kind inbound) const {
    topology_node node;
    node.kind = std::move(kind);
    node.inbound = inbound;
    node.parents = {node_};
    return node;
  }

  topology_node keyed_child(std::string kind, std::optional<std::uint32_t> partitions) const {
    auto node = child(std::move(kind), edge_kind::by_key);
    node.partitions = checked(partitions);
    return node;
  }

  /// Adds an operator that brings the pairs of two streams together by key.
  template <class Emission, class Other>
  auto meet(std::string kind, const dstream<Other>& other, std::optional<std::uint32_t> partitions) const {
    using key = typename T::first_type;
    using theirs = typename Other::second_type;
    static_assert(std::same_as<key, typename Other::first_type>, "sluice: join: the streams have different key types");
    if (other.scope_ != scope_)
      throw usage_error{kind + " of streams of two contexts; compose them in one"};
    auto node = keyed_child(std::move(kind), partitions);
    node.parents.push_back(other.node_);
    node.factory.make = [](const operator_context& context) {
      return std::make_unique<detail::cogroup_operator<key, typename T::second_type, theirs, Emission>>(context);
    };
    node.factory.make_sender = [](const sender_context& context) -> std::unique_ptr<stage_operator> {
      if (context.port == parent_index{0})
        return std::make_unique<key_sender<T>>(context);
      return std::make_unique<key_sender<Other>>(context);
    };
    return detail::add_node<typename Emission::out>(scope_, std::move(node));
  }

  template <detail::join_kind kind, class Other>
  auto join_as(std::string name, const dstream<Other>& other, std::optional<std::uint32_t> partitions) const {
    using emission =
        detail::emit_pairs<kind, typename T::first_type, typename T::second_type, typename Other::second_type>;
    return meet<emission>(std::move(name), other, partitions);
  }

  /// Adds an operator that runs in this stream's stage.
  template <record Out, class Make>
  dstream<Out> fuse(std::string kind, Make make) const {
    auto node = child(std::move(kind), edge_kind::fused);
    node.factory.make = std::move(make);
    return detail::add_node<Out>(scope_, std::move(node));
  }

  template <record Out, class F>
  dstream<Out> expand(F f) const {
    return fuse<Out>("flat_map", [f](const operator_context& context) {
      return std::make_unique<detail::flat_map_operator<T, Out, F>>(context, f);
    });
  }

  /// Adds an output that needs at most `limit` records of each partition.
  template <class Make>
  void add_output(std::string kind, std::size_t limit, Make make) const {
    auto node = child(std::move(kind), edge_kind::spread);
    node.partitions = 1;
    node.output = scope_->graph.next_output();
    node.factory.make = std::move(make);
    node.factory.make_sender = [limit](const sender_context& context) {
      return std::make_unique<spread_sender<T>>(context, limit);
    };
    detail::add_node<T>(scope_, std::move(node));
  }

  static std::optional<std::uint32_t> checked(std::optional<std::uint32_t> partitions) {
    if (partitions && *partitions == 0)
      throw usage_error{"a stream must have at least one partition"};
    return partitions;
  }

  std::shared_ptr<detail::composition_scope> scope_;
  node_index node_;
};

namespace detail {

template <class Out>
dstream<Out> add_node(std::shared_ptr<composition_scope> scope, topology_node node) {
  node.record_schema = codec<Out>::schema();
  const auto index = scope->graph.add(std::move(node));
  return dstream<Out>{std::move(scope), index};
}

/// The stream of an input: the records a batch generator sends.
template <record T>
dstream<T> add_input(std::shared_ptr<composition_scope> scope, std::string kind, stream_id id) {
  topology_node node;
  node.kind = std::move(kind);
  node.input = id;
  node.inbound = edge_kind::spread;
  node.factory.make = [](const operator_context& context) { return std::make_unique<pass_operator<T>>(context); };
  return add_node<T>(std::move(scope), std::move(node));
}

} // namespace detail

} // namespace sluice
