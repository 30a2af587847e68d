// SPDX-License-Identifier: BSD-3-Clause
//
// reduce_by_key_and_window at the partition that owns the keys. What arrives has been combined a partition and batch by
// `combine_sender`; it is reduced to a value a key and batch, which a window's values take up at the end of the batch.
#pragma once

#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include <sluice/actors/owned.hpp>
#include <sluice/operators/decoder.hpp>
#include <sluice/operators/owned_key_map.hpp>
#include <sluice/operators/reduce_by_key.hpp>
#include <sluice/operators/window.hpp>
#include <sluice/operators/window_values.hpp>

namespace sluice::detail {

/// A function (V, V) -> V of the user's, for values that are kept.
template <record V, class F>
class kept_function {
public:
  explicit kept_function(F f) : f_{std::move(f)} {}

  owned_t<V> operator()(const owned_t<V>& a, const owned_t<V>& b) { return own<V>(f_(to_view<V>(a), to_view<V>(b))); }

  F& original() { return f_; }

private:
  F f_;
};

/// Windows of an associative function: a key whose values have all left is forgotten.
template <record K, record V, class F>
class plain_slide {
public:
  using function = F;
  using values = two_stacks<owned_t<V>>;

  explicit plain_slide(F f) : f_{std::move(f)} {}

  /// Whether a key may stay when all its values have left.
  static constexpr bool may_linger = false;

  kept_function<V, F>& reduce() { return f_; }
  std::optional<owned_t<V>> slide(values& x, std::int64_t first) { return x.slide(f_, first); }
  bool keeps(const K&, const V&) { return true; }

private:
  kept_function<V, F> f_;
};

/// Windows of a function with an inverse: a key stays until `filter(key, value)` rejects it.
template <record K, record V, class F, class Inverse, class Filter>
class inverse_slide {
public:
  using function = F;
  using values = running_total<owned_t<V>>;

  inverse_slide(F f, Inverse inverse, Filter filter)
      : f_{std::move(f)}, inverse_{std::move(inverse)}, filter_{std::move(filter)} {}

  static constexpr bool may_linger = true;

  kept_function<V, F>& reduce() { return f_; }
  std::optional<owned_t<V>> slide(values& x, std::int64_t first) { return x.slide(f_, inverse_, first); }
  bool keeps(const K& key, const V& value) { return filter_(std::pair<K, V>(key, value)); }

private:
  kept_function<V, F> f_;
  kept_function<V, Inverse> inverse_;
  Filter filter_;
};

/// The filter of who gave none.
struct keep_every_key {
  template <class T>
  bool operator()(const T&) const {
    return true;
  }
};

template <record K, record V, class Slide>
class keyed_window_operator : public stage_operator {
public:
  keyed_window_operator(const operator_context& context, window_span span, Slide slide)
      : span_{span}, pane_{std::gcd(span.length.count(), span.slide.count())}, slide_{std::move(slide)},
        state_{context}, grid_{*context.grid}, out_{context.consumers} {}

  caf::error receive(parent_index, partition_id, const batch& records) override {
    auto& sums = sums_.current();
    return for_each_chunk<std::pair<K, V>>(records, [&](std::span<const std::pair<K, V>> chunk) {
      for (const auto& x : chunk)
        sums.add(slide_.reduce().original(), x);
    });
  }

  /// The values that the batches in the last windows were reduced to, and what became of keys after them.
  caf::error restore(const state_piece& piece) override {
    if (piece.content.count() == 0)
      return {};
    if (!grid_.zero())
      return make_error(ec::storage_failed, "the checkpoint holds a window and no zero time");
    return for_each_chunk<change>(piece.content, [&](std::span<const change> chunk) {
      unsettled_ = true;
      for (const auto& [key, what] : chunk)
        restore(pane_of(piece.time), key, what.first, what.second);
    });
  }

  void open(batch_time t) override { sums_.open(t); }

  void close(batch_time t, stage_effects& effects) override {
    const auto pane = pane_of(t);
    settle(pane);
    sums_.current().for_each([&](const std::pair<K, V>& x, std::uint64_t) {
      add(pane, x);
      write({x.first, {happening::value, x.second}});
    });
    sums_.close();
    try {
      emit(t);
    } catch (...) { // of a user's function behind this operator; the window has changed all the same
      finish(t, effects);
      throw;
    }
    finish(t, effects);
  }

  void skip(batch_time t, dataset arrived, stage_effects& effects) override {
    sums_.close();
    settle(pane_of(t));
    if (arrived == dataset::none)
      emit(t);
    finish(t, effects);
  }

  dataset result(batch_time t, dataset) const override {
    return grid_.is_valid(t, span_.slide) ? dataset::some : dataset::none;
  }

private:
  /// Pane k has the batches in (zero + k * pane, zero + (k + 1) * pane].
  std::int64_t pane_of(batch_time t) const { return ((t - *grid_.zero()).count() - 1) / pane_; }

  enum class happening : std::uint8_t {
    value,     ///< of the batch
    forgotten, ///< the filter has rejected the key
    lingers,   ///< all values have left, and the key stays with a total
  };
  using change = std::pair<K, std::pair<happening, std::optional<V>>>;

  void restore(std::int64_t pane, const K& key, happening kind, const std::optional<V>& value) {
    if (kind == happening::value && value)
      add(pane, {key, *value});
    else
      window_.erase(key);
    if constexpr (Slide::may_linger)
      if (kind == happening::lingers && value) {
        auto& entry = window_[to_owned(key)];
        entry.values.restore(to_owned<V>(*value));
        entry.lingers_since = pane;
      }
  }

  /// Before the first batch after a recovery, in this pane: what windows had is what they had before.
  void settle(std::int64_t pane) {
    if (!std::exchange(unsettled_, false))
      return;
    if constexpr (Slide::may_linger) {
      const auto step = span_.slide.count() / pane_;
      const auto length = span_.length.count() / pane_;
      // Windows end with the panes q for which (q + 1) % step == 0.
      const auto covered = [=](std::int64_t p) { return (step - 1 - p % step) < length; };
      for (auto& [key, entry] : window_)
        entry.values.settle(slide_.reduce(), pane / step * step - 1, covered);
    }
  }

  void write(const change& x) {
    if (!state_.is_kept())
      return;
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

  void add(std::int64_t pane, const std::pair<K, V>& x) {
    const auto found = window_.find(x.first);
    auto& entry = found != window_.end() ? found->second : window_[to_owned(x.first)];
    entry.values.add(slide_.reduce(), pane, to_owned<V>(x.second));
  }

  void emit(batch_time t) {
    if (!grid_.is_valid(t, span_.slide))
      return;
    const typename emitter<std::pair<K, V>>::scope cleared{out_};
    const auto first = pane_of(t) + 1 - span_.length.count() / pane_;
    for (auto i = window_.begin(); i != window_.end();) {
      const auto entry = i++;
      const K& key = to_view<K>(entry->first);
      const auto value = slide_.slide(entry->second.values, first);
      if (value && slide_.keeps(key, to_view<V>(*value))) {
        note_if_lingering(*entry, *value, pane_of(t), first);
        out_(std::pair<K, V>(key, to_view<V>(*value)));
        if constexpr (!owns_itself<V>)
          out_.flush(); // `value` goes
      } else {
        if (value) // rejected, with what its panes still hold
          write({key, {happening::forgotten, std::nullopt}});
        window_.erase(entry);
      }
    }
    out_.flush();
    outdated_ = *grid_.zero() + duration{first * pane_};
  }

  /// A key of which only a total is left is written down again before what says so becomes outdated.
  void note_if_lingering(auto& entry, const owned_t<V>& total, std::int64_t pane, std::int64_t first) {
    if constexpr (Slide::may_linger) {
      auto& [values, since] = entry.second;
      if (!values.lingers()) {
        since.reset();
      } else if (!since || *since < first) {
        since = pane;
        write({to_view<K>(entry.first), {happening::lingers, to_view<V>(total)}});
      }
    }
  }

  struct key_entry {
    typename Slide::values values;
    std::optional<std::int64_t> lingers_since; ///< the pane in which that was written down last
  };

  window_span span_;
  std::int64_t pane_; ///< ms
  Slide slide_;
  kept_state state_;
  const batch_grid& grid_;
  per_batch<reduction<K, V, typename Slide::function>> sums_;
  owned_key_map<K, key_entry> window_;
  batch_writer<change> changes_;
  bool unsettled_ = false;
  std::vector<batch> content_; ///< what the open batch has changed, so far
  batch_time outdated_;        ///< no window after the last slide reaches back to the batches up to this one
  emitter<std::pair<K, V>> out_;
};

} // namespace sluice::detail
