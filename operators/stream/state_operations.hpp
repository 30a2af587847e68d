// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <sluice/operators/shuffle/router.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stateful/map_with_state.hpp>
#include <sluice/operators/stateful/state_spec.hpp>
#include <sluice/operators/stateful/update_state_by_key.hpp>
#include <sluice/operators/stateful/updated_state.hpp>
#include <sluice/operators/stream/composition_scope.hpp>
#include <sluice/operators/stream/mapped_stream.hpp>

namespace sluice::detail {

/// The operations of a stream of pairs that keep a state for each key. A state outlives every batch, and with a
/// checkpoint directory every process: it belongs to the operator's name (see `named`).
template <class T>
class state_operations {};

template <pair_record T>
class state_operations<T> {
  using key = typename T::first_type;
  using value = typename T::second_type;

public:
  /// Calls the function of a `state_spec<S>(f)` for each record, with the state of its key, and emits the result. The
  /// records of a key come in the order of their arrival. The cost is proportional to the records of a batch, not to
  /// the keys held.
  ///
  ///     auto so_far = pairs.map_with_state(
  ///         sluice::state_spec<int>([](std::string_view, const std::optional<int>& n, sluice::state<int>& total) {
  ///           total.update(total.get_option().value_or(0) + n.value_or(0));
  ///           return total.get();
  ///         }));
  template <class Spec>
  auto map_with_state(const Spec& spec) const {
    static_assert(is_state_specification<Spec>, "sluice: map_with_state: takes a sluice::state_spec<S>(f)");
    if constexpr (is_state_specification<Spec>)
      return add_map_with_state<typename Spec::state_type, typename Spec::function_type>(spec);
  }

  /// Keeps a state for each key. In each batch, for every key that has a state or values,
  /// `f(std::span<const value> values, std::optional<S> old)` returns the new state as std::optional<S>, or none to
  /// forget the key. f may also take (batch_time, const key&, values, old). Emits (key, state) of all keys per batch.
  /// Values are owned (see owned_t).
  /// `by`: the number of partitions of the state, by default the context's, or a partitioner.
  /// `initial`: states that keys have before the first batch; see state_specification::initial_state.
  ///
  ///     auto totals = pairs.update_state_by_key(
  ///         [](std::span<const int> values, std::optional<int> old) -> std::optional<int> {
  ///           return std::accumulate(values.begin(), values.end(), old.value_or(0));
  ///         });
  template <class F, class By = hash_partitioner, class Initial = no_initial_state>
  auto update_state_by_key(F f, const By& by = {}, const Initial& initial = {}) const {
    static_assert(declares_state<F>,
                  "sluice: update_state_by_key: the last parameter of the function is not a std::optional<S>, the old "
                  "state; where the function is generic, name the state's type: update_state_by_key<S>(f)");
    if constexpr (declares_state<F>)
      return update_state_by_key<updated_state<F>>(std::move(f), by, initial);
  }

  /// The same for a generic function, because its signature does not name the type of the state.
  ///
  ///     auto last = pairs.update_state_by_key<int>(
  ///         [](auto values, auto old) { return values.empty() ? old : std::optional{values.back()}; });
  template <record state, class F, class By = hash_partitioner, class Initial = no_initial_state>
  auto update_state_by_key(F f, const By& by = {}, const Initial& initial = {}) const {
    constexpr bool fits = plain_update_function<F, value, state> || timed_update_function<F, key, value, state>;
    static_assert(fits, "sluice: update_state_by_key: the function cannot be called as "
                        "std::optional<S> f(std::span<const value>, std::optional<S>), nor as "
                        "std::optional<S> f(batch_time, const key&, std::span<const value>, std::optional<S>)");
    static_assert(owns_itself<state>, "sluice: update_state_by_key: the state outlives every batch, so it must own "
                                      "its content: std::string, not std::string_view");
    if constexpr (fits && owns_itself<state>) {
      const auto how = to_partitioner<key>(by);
      auto node = self().keyed_child("update_state_by_key", how);
      node.state_schema = codec<std::pair<key, state>>::schema();
      node.older_state_schemas = former_schemas<key, state>();
      const update_terms<key, state> terms{to_initial_states<key, state>(initial, node.kind, how), node.slide};
      node.factory.make = [f, terms](const operator_context& context) {
        return std::make_unique<update_state_operator<key, value, state, F>>(context, f, terms);
      };
      node.factory.make_sender = make_key_sender<T>(how);
      return add_node<std::pair<key, state>>(self().scope(), std::move(node));
    }
  }

private:
  const dstream<T>& self() const { return static_cast<const dstream<T>&>(*this); }

  template <record S, class F, class Spec>
  auto add_map_with_state(const Spec& spec) const {
    static_assert(owns_itself<S>, "sluice: map_with_state: the state outlives every batch, so it must own its content: "
                                  "std::string, not std::string_view");
    constexpr bool timed = timed_state_function<F, key, value, S>;
    constexpr bool fits = timed || plain_state_function<F, key, value, S>;
    static_assert(fits, "sluice: map_with_state: the function cannot be called as "
                        "M f(const key&, const std::optional<value>&, state<S>&), nor as "
                        "std::optional<M> f(batch_time, const key&, const std::optional<value>&, state<S>&)");
    if constexpr (fits) {
      using result = state_function_result<F, key, value, S>;
      static_assert(!timed || is_optional<result>,
                    "sluice: map_with_state: a function that takes the batch time returns std::optional<M>");
      using mapped = typename mapped_of<timed, result>::type;
      static_assert(record<mapped>, "sluice: map_with_state: what the function returns cannot be a record (see "
                                    "actors/record/record.hpp)");
      if constexpr (record<mapped>)
        return add_mapping<S, F, mapped>(spec);
    }
  }

  template <record S, class F, record M, class Spec>
  mapped_stream<M, key, S> add_mapping(const Spec& spec) const {
    const auto how = to_partitioner<key>(spec.partitions());
    auto node = self().keyed_child("map_with_state", how);
    const state_terms<key, S> terms{to_initial_states<key, S>(spec.initial(), node.kind, how), spec.idle_limit(),
                                    node.slide};
    node.state_schema = state_table<key, S>::schema(terms.kept());
    node.older_state_schemas = state_table<key, S>::older_schemas(terms.kept());
    node.factory.make = [f = spec.function(), terms](const operator_context& context) {
      return std::make_unique<map_with_state_operator<key, value, S, M, F>>(context, f, terms);
    };
    node.factory.make_sender = make_key_sender<T>(how);
    return mapped_stream<M, key, S>{add_node<M>(self().scope(), std::move(node))};
  }
};

} // namespace sluice::detail
