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
        id_{context.name, context.partition}, grid_{*context.grid}, out_{context.consumers} {}

  caf::error receive(parent_index, partition_id, const batch& records) override {
    auto& sums = sums_.current();
    return for_each_chunk<std::pair<K, V>>(records, [&](std::span<const std::pair<K, V>> chunk) {
      for (const auto& x : chunk)
        sums.add(slide_.reduce().original(), x);
    });
  }

  /// The values that the batches in the last windows were reduced to, and the keys that were forgotten after them.
  caf::error restore(batch_time t, const batch& piece) override {
    if (!grid_.zero())
      return make_error(ec::storage_failed, "the checkpoint holds a window and no zero time");
    return for_each_chunk<change>(piece, [&](std::span<const change> chunk) {
      for (const auto& [key, value] : chunk) {
        if (value)
          add(pane_of(t), {key, *value});
        else
          window_.erase(key);
      }
    });
  }

  void open(batch_time t) override { sums_.open(t); }

  void close(batch_time t, stage_effects& effects) override {
    const auto pane = pane_of(t);
    sums_.current().for_each([&](const std::pair<K, V>& x, std::uint64_t) {
      add(pane, x);
      write({x.first, x.second});
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

  using change = std::pair<K, std::optional<V>>; ///< none: the key was forgotten

  void write(const change& x) {
    changes_.append(x);
    if (changes_.size() >= send_bytes) [[unlikely]]
      content_.push_back(changes_.freeze());
  }

  void finish(batch_time t, stage_effects& effects) {
    if (changes_.count() != 0)
      content_.push_back(changes_.freeze());
    effects.changes.push_back({id_, t, false, std::exchange(content_, {}), outdated(t)});
  }

  /// No window after `t` reaches back to the batches up to this one.
  batch_time outdated(batch_time t) const {
    const auto first = pane_of(t) + 1 - span_.length.count() / pane_;
    return *grid_.zero() + duration{first * pane_};
  }

  void add(std::int64_t pane, const std::pair<K, V>& x) {
    const auto found = window_.find(x.first);
    auto& values = found != window_.end() ? found->second : window_[to_owned(x.first)];
    values.add(slide_.reduce(), pane, to_owned<V>(x.second));
  }

  void emit(batch_time t) {
    if (!grid_.is_valid(t, span_.slide))
      return;
    const typename emitter<std::pair<K, V>>::scope cleared{out_};
    const auto first = pane_of(t) + 1 - span_.length.count() / pane_;
    for (auto i = window_.begin(); i != window_.end();) {
      const auto entry = i++;
      const K& key = to_view<K>(entry->first);
      const auto value = slide_.slide(entry->second, first);
      if (value && slide_.keeps(key, to_view<V>(*value))) {
        out_(std::pair<K, V>(key, to_view<V>(*value)));
        if constexpr (!owns_itself<V>)
          out_.flush(); // `value` goes
      } else {
        if (value) // rejected, with what its panes still hold
          write({key, std::nullopt});
        window_.erase(entry);
      }
    }
    out_.flush();
  }

  window_span span_;
  std::int64_t pane_; ///< ms
  Slide slide_;
  state_id id_;
  const batch_grid& grid_;
  per_batch<reduction<K, V, typename Slide::function>> sums_;
  owned_key_map<K, typename Slide::values> window_;
  batch_writer<change> changes_;
  std::vector<batch> content_; ///< what the open batch has changed, so far
  emitter<std::pair<K, V>> out_;
};

} // namespace sluice::detail
