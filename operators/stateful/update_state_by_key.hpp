// SPDX-License-Identifier: BSD-3-Clause
//
// update_state_by_key: every batch, for every key that has state or values, `f(values, old state)` gives the new state,
// or nothing to forget the key. The whole state is emitted every batch. What changed goes to the store as one delta; a
// batch that fails leaves no trace in the state.
#pragma once

#include <functional>
#include <optional>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include <boost/container/small_vector.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/operators/keyed/keyed_table.hpp>
#include <sluice/operators/keyed/value_lists.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/operator_failure.hpp>
#include <sluice/operators/stage/per_batch.hpp>
#include <sluice/operators/stateful/initial_state.hpp>
#include <sluice/state/keyed/grown_state.hpp>
#include <sluice/state/keyed/owned_key_map.hpp>
#include <sluice/state/keyed/state_writer.hpp>

namespace sluice::detail {

/// A function of (values, old state).
template <class F, class V, class S>
concept plain_update_function =
    std::is_invocable_r_v<std::optional<S>, F&, std::span<const owned_t<V>>, std::optional<S>>;

/// A function of (batch time, key, values, old state).
template <class F, class K, class V, class S>
concept timed_update_function =
    std::is_invocable_r_v<std::optional<S>, F&, batch_time, const K&, std::span<const owned_t<V>>, std::optional<S>>;

/// What an update_state_by_key needs to know beside its function.
template <record K, record S>
struct update_terms {
  initial_states<K, S> initial;
  duration slide; ///< of the stream
};

template <record K, record V, record S, class F>
class update_state_operator : public stage_operator {
public:
  update_state_operator(const operator_context& context, F f, const update_terms<K, S>& terms)
      : f_{std::move(f)}, site_{context.label}, slide_{terms.slide}, grid_{*context.grid}, changes_{context.kept()},
        out_{context.consumers} {
    if (context.grid->zero()) // recovers: what became of the initial states is in the checkpoint
      return;
    begun_ = static_cast<bool>(terms.initial);
    for_each_of_partition<K, S>(terms.initial, context.partition, context.partitions,
                                [this](const owned_t<K>& key, const S& state) {
                                  state_.insert_or_assign(key, state);
                                  add_change(key);
                                });
  }

  error receive(parent_index, partition_id, const batch& records) override {
    auto& values = values_.current();
    return for_each_chunk<std::pair<K, V>>(records, [&](std::span<const std::pair<K, V>> chunk) {
      for (const auto& x : chunk)
        values.add(x);
    });
  }

  error restore(const state_piece& piece) override {
    begun_ = has_trace_ = true;
    changes_.add_restored(piece.kind, piece.content.count());
    make_room(state_, piece);
    return for_each_change<owned_t<K>, S>(piece.content, [&](std::span<const change> chunk) {
      for (const auto& [key, state] : chunk) {
        if (piece.kind != change_kind::base)
          changed_.insert(key);
        if (state)
          state_.insert_or_assign(key, *state);
        else
          state_.erase(key);
      }
    });
  }

  void open(batch_time t) override { values_.open(t); }

  void close(batch_time t, stage_effects& effects) override {
    begun_ = true;
    update_idle_keys(t);
    values_.current().lists.for_each([&](const K& key, const value_list& values) {
      update(t, key, state_.find(key), {values.data(), values.size()});
    });
    values_.close();
    const typename emitter<std::pair<K, S>>::scope cleared{out_};
    for (const auto& [key, state] : state_)
      out_(std::pair<K, S>(to_view<K>(key), state));
    out_.flush();
    // Last, because what is fused behind this operator may throw as well.
    commit(t, effects);
  }

  void skip(batch_time t, presence arrived, stage_effects& effects) override {
    values_.close();
    undo();
    if (arrived == presence::none && result(t, arrived) == presence::some)
      close(t, effects); // no values is not no state
    else
      commit(t, effects);
  }

  std::uint64_t bytes_held() const override { return values_.bytes(); }
  std::uint64_t keys_kept() const override { return state_.size(); }

  /// There is none before the first dataset of the parent, unless there is state.
  presence result(batch_time t, presence) const override {
    return begun_ && grid_.is_valid(t, slide_) ? presence::some : presence::none;
  }

private:
  using value_list = boost::container::small_vector<owned_t<V>, 1>;
  using value_table = value_lists<K, V, value_list>;
  using state_table = owned_key_map<K, S>;
  using change = std::pair<owned_t<K>, std::optional<S>>;

  /// Keys that have state and got no values in this batch.
  void update_idle_keys(batch_time t) {
    for (auto i = state_.begin(); i != state_.end();) {
      // Updating may erase this entry, and moves no other.
      const auto known = i++;
      if (const K& key = to_view<K>(known->first);
          !values_.current().lists.contains(keyed_table<K, value_list>::make_probe(key)))
        update(t, key, known, {});
    }
  }

  void update(batch_time t, const K& key, typename state_table::iterator known, std::span<const owned_t<V>> values) {
    const auto is_new = known == state_.end();
    auto now = call(t, key, values, is_new ? std::optional<S>{} : std::optional<S>{known->second});
    if (is_new ? !now : now && equal_records(*now, known->second))
      return;
    if (is_new) {
      former_.emplace_back(to_owned(key), std::nullopt);
      state_.emplace(former_.back().first, *std::move(now));
      return;
    }
    former_.emplace_back(known->first, std::move(known->second));
    if (now)
      known->second = *std::move(now);
    else
      state_.erase(known);
  }

  std::optional<S> call(batch_time t, const K& key, std::span<const owned_t<V>> values, std::optional<S> old) {
    return site_.call_for_key(key, [&]() -> std::optional<S> {
      if constexpr (plain_update_function<F, V, S>)
        return std::invoke(f_, values, std::move(old));
      else
        return std::invoke(f_, t, key, values, std::move(old));
    });
  }

  change change_of(const owned_t<K>& key) const {
    const auto now = state_.find(key);
    return {key, now == state_.end() ? std::optional<S>{} : std::optional<S>{now->second}};
  }

  void add_change(const owned_t<K>& key) {
    if (!changes_.is_kept())
      return;
    changed_.insert(key);
    changes_.add(change_of(key));
  }

  void commit(batch_time t, stage_effects& effects) {
    try {
      for (const auto& [key, former] : former_)
        add_change(key);
    } catch (...) { // a state too large to be stored
      changes_.start_over();
      throw;
    }
    former_.clear();
    if (begun_ && !std::exchange(has_trace_, true))
      changes_.leave_a_trace();
    const auto all = state_ | std::views::transform([](const auto& x) { return change{x.first, x.second}; });
    const auto changed = changed_ | std::views::transform([this](const auto& key) { return change_of(key); });
    if (changes_.finish(t, effects.changes, {state_.size(), changed_.size()}, all, changed) == change_kind::base)
      changed_.clear();
  }

  /// Takes back what has been changed since the last commit.
  void undo() {
    for (auto& [key, former] : former_) {
      if (former)
        state_.insert_or_assign(std::move(key), *std::move(former));
      else
        state_.erase(key);
    }
    former_.clear();
  }

  F f_;
  call_site site_;
  duration slide_;
  const batch_grid& grid_;
  bool begun_ = false;     ///< there has been a dataset, in this life or before
  bool has_trace_ = false; ///< that is stored
  state_table state_;
  std::vector<change> former_; ///< what the open batch has changed, as it was before
  owned_key_set<K> changed_;   ///< keys that changed since the last base
  per_batch<value_table> values_;
  state_writer<owned_t<K>, S> changes_;
  emitter<std::pair<K, S>> out_;
};

} // namespace sluice::detail
