// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <span>

#include <sluice/operators/composition_scope.hpp>
#include <sluice/operators/senders.hpp>
#include <sluice/operators/update_state_by_key.hpp>
#include <sluice/operators/updated_state.hpp>

namespace sluice::detail {

/// What a stream of pairs can do with a state for each key.
template <class T>
class state_operations {};

template <pair_record T>
class state_operations<T> {
public:
  /// Keeps a state for each key. Every batch, for every key that has state or values in it,
  /// `f(std::span<const value> values, std::optional<S> old)` returns the new state as std::optional<S>, none to forget
  /// the key. Emits (key, state) of all keys, every batch. Keys and values are owned (see owned_t).
  /// With a checkpoint directory the state survives; it belongs to the operator's name (see `named`).
  template <class F>
  auto update_state_by_key(F f, std::optional<std::uint32_t> partitions = {}) const {
    return update_state_by_key<updated_state<F>>(std::move(f), partitions);
  }

  /// The same for a generic function, whose state type cannot be seen in its signature.
  template <record state, class F>
  auto update_state_by_key(F f, std::optional<std::uint32_t> partitions = {}) const {
    using key = typename T::first_type;
    using value = typename T::second_type;
    static_assert(
        std::is_invocable_r_v<std::optional<state>, F&, std::span<const owned_t<value>>, std::optional<state>>,
        "sluice: update_state_by_key: the function cannot be called as "
        "std::optional<S> f(std::span<const value>, std::optional<S>)");
    static_assert(owns_itself<state>, "sluice: update_state_by_key: the state outlives every batch, so it must own "
                                      "its content: std::string, not std::string_view");
    auto node = self().keyed_child("update_state_by_key", partitions);
    node.state_schema = codec<std::pair<key, state>>::schema();
    node.factory.make = [f, slide = node.slide](const operator_context& context) {
      return std::make_unique<update_state_operator<key, value, state, F>>(context, f, slide);
    };
    node.factory.make_sender = [](const sender_context& context) { return std::make_unique<key_sender<T>>(context); };
    return add_node<std::pair<key, state>>(self().scope(), std::move(node));
  }

private:
  const dstream<T>& self() const { return static_cast<const dstream<T>&>(*this); }
};

} // namespace sluice::detail
