// SPDX-License-Identifier: BSD-3-Clause
//
// map_with_state: a function is called once a record with the state of its key, and what it returns is the mapped
// stream. A batch costs what its records cost, and what times out in it. Records wait, as they came, until their batch
// is closed: batches change the state in order of time, and a batch that fails leaves no trace in it.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/operator_failure.hpp>
#include <sluice/operators/stage/per_batch.hpp>
#include <sluice/operators/stateful/initial_state.hpp>
#include <sluice/state/keyed/state_table.hpp>

namespace sluice::detail {

/// A function that is called with the batch time and returns std::optional<M>.
template <class F, class K, class V, class S>
concept timed_state_function = std::invocable<F&, batch_time, const K&, const std::optional<V>&, state<S>&>;

/// A function that returns M.
template <class F, class K, class V, class S>
concept plain_state_function = std::invocable<F&, const K&, const std::optional<V>&, state<S>&>;

template <class F, class K, class V, class S>
decltype(auto) call_with_state(F& f, batch_time t, const K& key, const std::optional<V>& value, state<S>& s) {
  if constexpr (timed_state_function<F, K, V, S>)
    return std::invoke(f, t, key, value, s);
  else
    return std::invoke(f, key, value, s);
}

/// What such a function returns.
template <class F, class K, class V, class S>
using state_function_result =
    std::remove_cvref_t<decltype(call_with_state(std::declval<F&>(), batch_time{}, std::declval<const K&>(),
                                                 std::declval<const std::optional<V>&>(), std::declval<state<S>&>()))>;

/// The records that a function with this result maps to.
template <bool timed, class Result>
struct mapped_of {
  using type = Result;
};
template <class M>
struct mapped_of<true, std::optional<M>> {
  using type = M;
};

/// Whether a T holds text or bytes, which a view may refer to.
template <class T>
constexpr bool holds_blobs() {
  if constexpr (text_record<T> || bytes_record<T>) {
    return true;
  } else if constexpr (list_record<T> || optional_record<T> || set_record<T>) {
    return holds_blobs<typename T::value_type>();
  } else if constexpr (variant_record<T>) {
    bool result = false;
    for_each_alternative<T>([&](auto i) { result = result || holds_blobs<alternative_t<T, i>>(); });
    return result;
  } else if constexpr (composite_record<T>) {
    bool result = false;
    for_each_field<T>([&](auto i) { result = result || holds_blobs<field_t<T, i>>(); });
    return result;
  } else {
    return false;
  }
}

/// What a map_with_state needs to know beside its function.
template <record K, record S>
struct state_terms {
  initial_states<K, S> initial;
  std::optional<duration> timeout;
  duration slide; ///< of the stream

  touches kept() const { return timeout ? touches::kept : touches::forgotten; }
};

template <record K, record V, record S, record M, class F>
class map_with_state_operator : public stage_operator {
public:
  map_with_state_operator(const operator_context& context, F f, state_terms<K, S> terms)
      : f_{std::move(f)}, site_{context.label}, terms_{std::move(terms)}, partition_{context.partition},
        partitions_{context.partitions}, grid_{*context.grid}, recovers_{context.grid->zero().has_value()},
        states_{context.kept(), terms_.kept()}, out_{context.consumers} {
    if (!context.side_consumers.empty())
      snapshots_.emplace(context.side_consumers);
  }

  error receive(parent_index, partition_id, const batch& records) override {
    auto reader = records_reader::open(records);
    if (!reader)
      return std::move(reader.error());
    arrived_.current().push_back(std::move(*reader));
    return {};
  }

  error restore(const state_piece& piece) override { return states_.restore(piece); }

  std::uint64_t keys_kept() const override { return states_.size(); }

  void open(batch_time t) override { arrived_.open(t); }

  void close(batch_time t, stage_effects& effects) override {
    begin();
    const typename emitter<M>::scope cleared{out_};
    for (const auto& records : arrived_.current())
      call_for_each(t, records);
    arrived_.close();
    finish(t, effects);
  }

  void skip(batch_time t, presence arrived, stage_effects& effects) override {
    arrived_.close();
    begin();
    states_.undo();
    if (arrived == presence::none && grid_.is_valid(t, terms_.slide))
      finish(t, effects);
    else
      states_.commit(t, effects.changes);
  }

  /// No dataset of the parent is no records: time goes on all the same, and keys may time out.
  presence result(batch_time t, presence) const override {
    return grid_.is_valid(t, terms_.slide) ? presence::some : presence::none;
  }

private:
  using records_reader = batch_reader<std::pair<K, V>>;

  /// What is emitted may refer to a state, which then must not change before it has been handed on.
  static constexpr bool may_emit_views_of_states = !owns_itself<M> && holds_blobs<S>();

  void begin() {
    if (std::exchange(begun_, true))
      return;
    if (!recovers_)
      for_each_of_partition<K, S>(terms_.initial, partition_, partitions_, [this](const auto& key, const S& state) {
        states_.add_initial(key, state, grid_.zero().value());
      });
    terms_.initial.reset();
    states_.begin();
  }

  void call_for_each(batch_time t, const records_reader& records) {
    using call_record = std::pair<K, std::optional<V>>;
    record_buffer<call_record> chunk{std::min<std::size_t>(chunk_size<call_record>, records.size())};
    for (std::size_t i = 0; i < records.size();) {
      for (; i < records.size() && !chunk.is_full(); ++i) {
        auto x = records[i];
        chunk.push_back({std::move(x.first), std::optional<V>{std::in_place, std::move(x.second)}});
      }
      for (const auto& [key, value] : chunk.records()) {
        auto& kept = states_.find_or_add(key);
        if constexpr (may_emit_views_of_states)
          if (states_.is_noted(kept))
            out_.flush();
        state<S> s{kept.second.value, state_call::record, &states_.note_of(kept).former};
        call(t, key, value, s);
      }
      out_.flush(); // what was emitted may refer to the chunk
      chunk.clear();
    }
  }

  void call(batch_time t, const K& key, const std::optional<V>& value, state<S>& s) {
    using call_record = std::pair<K, std::optional<V>>;
    site_.call([&] { return call_record{key, value}; }, [&] { emit(call_with_state(f_, t, key, value, s)); });
  }

  template <class Mapped>
  void emit(Mapped&& mapped) {
    if constexpr (!timed_state_function<F, K, V, S>)
      out_(M(std::forward<Mapped>(mapped)));
    else if (mapped)
      out_(M(*std::forward<Mapped>(mapped)));
  }

  void finish(batch_time t, stage_effects& effects) {
    const typename emitter<M>::scope cleared{out_};
    if (terms_.timeout) {
      states_.touch_noted(t);
      time_out(t, t - *terms_.timeout);
    }
    if (snapshots_) {
      states_.for_each([this](const K& key, const S& state) { (*snapshots_)(std::pair<K, S>(key, state)); });
      snapshots_->flush();
    }
    // Last, because what is fused behind this operator may throw as well.
    states_.commit(t, effects.changes);
  }

  void time_out(batch_time t, batch_time before) {
    states_.for_each_older(before, [&](auto& kept) {
      const K& key = to_view<K>(kept.first);
      state<S> s{kept.second.value, state_call::timeout};
      call(t, key, std::nullopt, s);
    });
    out_.flush(); // what was emitted may refer to what is removed now
    states_.remove_older(before);
  }

  F f_;
  call_site site_;
  state_terms<K, S> terms_;
  partition_id partition_;
  std::uint32_t partitions_;
  const batch_grid& grid_;
  bool recovers_;
  bool begun_ = false;
  per_batch<std::vector<records_reader>> arrived_;
  state_table<K, S> states_;
  emitter<M> out_;
  std::optional<emitter<std::pair<K, S>>> snapshots_; ///< where somebody wants them
};

} // namespace sluice::detail
