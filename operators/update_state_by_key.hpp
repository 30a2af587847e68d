// SPDX-License-Identifier: BSD-3-Clause
//
// update_state_by_key: every batch, for every key that has state or values, `f(values, old state)` gives the new state,
// or nothing to forget the key. The whole state is emitted every batch. What changed goes to the store as one delta.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <sluice/actors/owned.hpp>
#include <sluice/operators/decoder.hpp>
#include <sluice/operators/keyed_table.hpp>
#include <sluice/operators/per_batch.hpp>
#include <sluice/operators/senders.hpp>
#include <sluice/operators/state_writer.hpp>

namespace sluice::detail {

/// Hash and equality of owned keys that also accept keys which are views.
struct record_hasher {
  using is_transparent = void;
  template <class K>
  std::size_t operator()(const K& key) const {
    return hash_record(key);
  }
};

struct record_equal {
  using is_transparent = void;
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return equal_records(a, b);
  }
};

template <record K, record V, record S, class F>
class update_state_operator : public stage_operator {
public:
  update_state_operator(const operator_context& context, F f)
    : f_{std::move(f)}, changes_{{context.name, context.partition}}, out_{context.consumers} {}

  caf::error receive(partition_id, const batch& records) override {
    auto& values = values_.current();
    return for_each_chunk<std::pair<K, V>>(records, [&](std::span<const std::pair<K, V>> chunk) {
      for (const auto& [key, value] : chunk)
        values.upsert(
          value_table::make_probe(key), [&] { return std::vector{to_owned(value)}; },
          [&](std::vector<owned_t<V>>& list) { list.push_back(to_owned(value)); });
    });
  }

  caf::error restore(const batch& piece) override {
    return for_each_chunk<change>(piece, [this](std::span<const change> chunk) {
      for (const auto& [key, state] : chunk) {
        if (state)
          state_.insert_or_assign(key, *state);
        else
          state_.erase(key);
      }
    });
  }

  void open(batch_time t) override { values_.open(t); }

  void close(batch_time t, stage_effects& effects) override {
    update_idle_keys();
    values_.current().for_each([this](const K& key, std::uint64_t, const std::vector<owned_t<V>>& values) {
      const auto known = state_.find(key);
      update(key, known, values);
    });
    values_.close();
    for (const auto& [key, state] : state_)
      out_(std::pair<K, S>(to_view<K>(key), state));
    out_.flush();
    changes_.finish(t, effects, state_);
  }

private:
  using value_table = keyed_table<K, std::vector<owned_t<V>>>;
  using state_table = boost::unordered_flat_map<owned_t<K>, S, record_hasher, record_equal>;
  using change = std::pair<owned_t<K>, std::optional<S>>;

  /// Keys that have state and got no values in this batch.
  void update_idle_keys() {
    // Collected first: updating may erase from the table that is being visited.
    idle_.clear();
    for (auto i = state_.begin(); i != state_.end(); ++i)
      if (!values_.current().contains(value_table::make_probe(to_view<K>(i->first))))
        idle_.push_back(i->first);
    for (const auto& key : idle_)
      update(to_view<K>(key), state_.find(key), {});
  }

  void update(const K& key, typename state_table::iterator known, const std::vector<owned_t<V>>& values) {
    auto old = known == state_.end() ? std::optional<S>{} : std::optional<S>{known->second};
    auto now = std::optional<S>{f_(std::span<const owned_t<V>>{values}, old)};
    if constexpr (std::equality_comparable<S>)
      if (now == old)
        return;
    if (!now && !old)
      return;
    changes_.add({to_owned(key), now});
    if (!now)
      state_.erase(known);
    else if (known == state_.end())
      state_.emplace(to_owned(key), std::move(*now));
    else
      known->second = std::move(*now);
  }

  F f_;
  state_table state_;
  per_batch<value_table> values_;
  std::vector<owned_t<K>> idle_;
  state_writer<owned_t<K>, S> changes_;
  emitter<std::pair<K, S>> out_;
};

} // namespace sluice::detail
