// SPDX-License-Identifier: BSD-3-Clause
//
// reduce_by_key_and_window at the partition that owns the keys. What arrives has been combined a partition and batch by
// `combine_sender`, most of it at the end of the batch; it is kept as it is until the batch ends here, and goes into
// the windows then, as several batches may be open.
#pragma once

#include <cassert>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/per_batch.hpp>
#include <sluice/operators/window/window.hpp>
#include <sluice/operators/window/window_change.hpp>

namespace sluice::detail {

/// `Windows` keeps what is in the windows of each key: `stacked_windows` or `inverse_windows`. A pane is the longest
/// stretch of batches that every window holds as a whole or not at all.
template <record K, record V, class Windows>
class keyed_window_operator : public stage_operator {
public:
  keyed_window_operator(const operator_context& context, window_span span, Windows windows)
      : span_{span}, pane_{std::gcd(span.length.count(), span.slide.count())}, windows_{std::move(windows)},
        state_{context.kept()}, grid_{*context.grid}, out_{context.consumers} {}

  error receive(parent_index, partition_id, const batch& records) override {
    if (auto reader = batch_reader<std::pair<K, V>>::open(records); !reader)
      return std::move(reader.error());
    arrived_.current().push_back(records);
    return {};
  }

  /// The values that the batches in the last windows were reduced to, and what became of keys after them.
  error restore(const state_piece& piece) override {
    if (piece.content.count() == 0)
      return {};
    if (!grid_.zero())
      return make_error(ec::storage_failed, "the checkpoint holds a window and no zero time");
    const auto pane = pane_of(piece.time);
    windows_.open(pane);
    auto result = for_each_chunk<change>(piece.content, [&](std::span<const change> chunk) {
      for (const auto& [key, what] : chunk)
        restore(pane, key, what.first, what.second);
    });
    windows_.end_batch();
    return result;
  }

  std::uint64_t keys_kept() const override { return windows_.keys(); }

  void open(batch_time t) override { arrived_.open(t); }

  void close(batch_time t, stage_effects& effects) override {
    const auto pane = pane_of(t);
    windows_.open(pane);
    if (is_in_a_window(pane))
      add_arrived();
    else
      arrived_.close();
    if (state_.is_kept())
      windows_.for_each_of_batch(
          [this](const K& key, const V& value) { write({key, {window_change_kind::value, value}}); });
    try {
      windows_.end_batch();
      emit(t);
    } catch (...) { // of the user's; the window has changed all the same
      finish(t, effects);
      throw;
    }
    finish(t, effects);
  }

  void skip(batch_time t, presence arrived, stage_effects& effects) override {
    arrived_.close();
    if (arrived == presence::none)
      emit(t);
    finish(t, effects);
  }

  presence result(batch_time t, presence) const override {
    return grid_.is_valid(t, span_.slide) ? presence::some : presence::none;
  }

private:
  /// Pane k has the batches in (zero + k * pane, zero + (k + 1) * pane].
  std::int64_t pane_of(batch_time t) const { return ((t - *grid_.zero()).count() - 1) / pane_; }

  using change = window_change<K, V>;

  void restore(std::int64_t pane, const K& key, window_change_kind kind, const std::optional<V>& value) {
    if (kind == window_change_kind::value && value) {
      const std::pair<K, V> x{key, *value};
      windows_.add({&x, 1});
      return;
    }
    if constexpr (Windows::may_linger) {
      if (kind == window_change_kind::lingers && value)
        windows_.restore_lingering(pane, key, *value);
      else
        windows_.forget(key);
    }
  }

  /// Windows end with the panes q for which (q + 1) % step == 0.
  bool is_in_a_window(std::int64_t pane) const {
    const auto step = span_.slide.count() / pane_;
    return step - 1 - pane % step < span_.length.count() / pane_;
  }

  void add_arrived() {
    try {
      for (const auto& records : arrived_.current()) {
        [[maybe_unused]] const auto err = for_each_chunk<std::pair<K, V>>(
            records, [this](std::span<const std::pair<K, V>> chunk) { windows_.add(chunk); });
        assert(!err); // it could be opened when it came
      }
    } catch (...) {
      windows_.abandon_batch();
      throw;
    }
    arrived_.close();
  }

  void write(const change& x) {
    changes_.append(x);
    if (changes_.size() >= send_bytes) [[unlikely]]
      content_.push_back(changes_.freeze());
  }

  void finish(batch_time t, stage_effects& effects) {
    if (!state_.is_kept())
      return;
    if (changes_.count() != 0)
      content_.push_back(changes_.freeze());
    effects.changes.push_back({state_.id(), t, change_kind::delta, std::exchange(content_, {}), outdated_});
  }

  void emit(batch_time t) {
    if (!grid_.is_valid(t, span_.slide))
      return;
    const typename emitter<std::pair<K, V>>::scope cleared{out_};
    const auto pane = pane_of(t);
    const auto first = pane + 1 - span_.length.count() / pane_;
    if constexpr (Windows::may_linger) {
      windows_.slide(
          pane, first, [this](std::size_t n, auto make) { out_.emit_some(n, make); },
          [this](window_change_kind kind, const K& key, const std::optional<V>& total) {
            if (state_.is_kept())
              write({key, {kind, total}});
          });
    } else {
      windows_.slide(first, [this](const K& key, const V& value) {
        out_(std::pair<K, V>(key, value));
        if constexpr (!owns_itself<V>)
          out_.flush(); // `value` goes
      });
    }
    out_.flush();
    outdated_ = *grid_.zero() + duration{first * pane_};
  }

  window_span span_;
  std::int64_t pane_; ///< ms
  Windows windows_;
  kept_state state_;
  const batch_grid& grid_;
  per_batch<std::vector<batch>> arrived_;
  batch_writer<change> changes_;
  std::vector<batch> content_; ///< what the open batch has changed, so far
  batch_time outdated_;        ///< no window after the last slide reaches back to the batches up to this one
  emitter<std::pair<K, V>> out_;
};

} // namespace sluice::detail
