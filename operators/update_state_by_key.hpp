// SPDX-License-Identifier: BSD-3-Clause
//
// update_state_by_key: every batch, for every key that has state or values, `f(values, old state)` gives the new state,
// or nothing to forget the key. The whole state is emitted every batch. What changed goes to the store as one delta.
#pragma once

#include <boost/container/small_vector.hpp>

#include <sluice/actors/owned.hpp>
#include <sluice/operators/decoder.hpp>
#include <sluice/operators/keyed_table.hpp>
#include <sluice/operators/owned_key_map.hpp>
#include <sluice/operators/per_batch.hpp>
#include <sluice/operators/senders.hpp>
#include <sluice/operators/state_writer.hpp>

namespace sluice::detail {

template <record K, record V, record S, class F>
class update_state_operator : public stage_operator {
public:
  /// @param slide of the stream.
  update_state_operator(const operator_context& context, F f, duration slide)
      : f_{std::move(f)}, slide_{slide}, grid_{*context.grid}, has_begun_{grid_.zero().has_value()},
        changes_{{context.name, context.partition}}, out_{context.consumers} {}

  caf::error receive(parent_index, partition_id, const batch& records) override {
    auto& values = values_.current();
    return for_each_chunk<std::pair<K, V>>(records, [&](std::span<const std::pair<K, V>> chunk) {
      for (const auto& [key, value] : chunk)
        values.upsert(
            value_table::make_probe(key), [&] { return value_list(1, to_owned(value)); },
            [&](value_list& list) { list.push_back(to_owned(value)); });
    });
  }

  caf::error restore(const batch& piece) override {
    changes_.add_restored(piece.count());
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
    has_begun_ = true;
    update_idle_keys();
    values_.current().for_each([this](const K& key, std::uint64_t, const value_list& values) {
      update(key, state_.find(key), {values.data(), values.size()});
    });
    values_.close();
    changes_.finish(t, effects, state_);
    for (const auto& [key, state] : state_)
      out_(std::pair<K, S>(to_view<K>(key), state));
    out_.flush();
  }

  void skip(batch_time t, dataset arrived, stage_effects& effects) override {
    values_.close();
    if (arrived == dataset::none && result(t, arrived) == dataset::some)
      close(t, effects); // no values is not no state
    else
      changes_.finish(t, effects, state_);
  }

  /// There is none before the first one of the parent.
  dataset result(batch_time t, dataset arrived) const override {
    if (arrived != dataset::none)
      return arrived;
    return has_begun_ && grid_.is_valid(t, slide_) ? dataset::some : dataset::none;
  }

private:
  using value_list = boost::container::small_vector<owned_t<V>, 1>;
  using value_table = keyed_table<K, value_list>;
  using state_table = owned_key_map<K, S>;
  using change = std::pair<owned_t<K>, std::optional<S>>;

  /// Keys that have state and got no values in this batch.
  void update_idle_keys() {
    for (auto i = state_.begin(); i != state_.end();) {
      // Updating may erase this entry, and moves no other.
      const auto known = i++;
      if (const K& key = to_view<K>(known->first); !values_.current().contains(value_table::make_probe(key)))
        update(key, known, {});
    }
  }

  void update(const K& key, typename state_table::iterator known, std::span<const owned_t<V>> values) {
    const auto is_new = known == state_.end();
    auto now = std::optional<S>{f_(values, is_new ? std::optional<S>{} : std::optional<S>{known->second})};
    if (is_new ? !now : now && equal_records(*now, known->second))
      return;
    changes_.add({to_owned(key), now});
    if (!now)
      state_.erase(known);
    else if (is_new)
      state_.emplace(to_owned(key), std::move(*now));
    else
      known->second = std::move(*now);
  }

  F f_;
  duration slide_;
  const batch_grid& grid_;
  bool has_begun_; ///< a program that recovers has
  state_table state_;
  per_batch<value_table> values_;
  state_writer<owned_t<K>, S> changes_;
  emitter<std::pair<K, S>> out_;
};

} // namespace sluice::detail
