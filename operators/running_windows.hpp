// SPDX-License-Identifier: BSD-3-Clause
//
// The windows of all keys, for a function with an inverse: a total a key, to which the values of a pane are added when
// it enters, and from which they are taken away when it leaves. Panes hold values side by side, each with the place of
// its key, so that a slide goes through what enters, what leaves, and the totals, each from front to back.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <sluice/operators/kept_function.hpp>
#include <sluice/operators/keyed_table.hpp>
#include <sluice/operators/window_change.hpp>

namespace sluice::detail {

/// The filter of who gave none.
struct keep_every_key {
  template <class T>
  bool operator()(const T&) const {
    return true;
  }
};

/// A key stays, also without values, until `filter(pair)` rejects it.
template <record K, record V, class F, class Inverse, class Filter>
class running_windows {
public:
  using function = F;

  running_windows(F f, Inverse inverse, Filter filter)
      : f_{std::move(f)}, inverse_{std::move(inverse)}, filter_{std::move(filter)} {}

  /// Whether a key may stay when all its values have left.
  static constexpr bool may_linger = true;

  F& reduce() { return f_.original(); }

  /// Says that a batch of this pane follows, which is the newest one; a key has one value in it.
  void open(std::int64_t pane) {
    if (panes_.empty() || panes_.back().number != pane)
      panes_.push_back({pane, std::exchange(spare_, {})});
    before_ = panes_.back().values.size();
  }

  /// To be called some keys ahead of `add`.
  void prefetch(std::uint64_t hash) const { keys_.prefetch(hash); }

  /// Adds a value of the open batch.
  void add(const K& key, const V& value) {
    const auto place = place_of(key);
    if (before_ != 0 && merge(place, value))
      return;
    auto& values = panes_.back().values;
    auto& x = keys_.value_at(place);
    values.push_back({place, x.life, to_owned<V>(value)});
    ++x.values;
  }

  /// Forgets a key, with all its values.
  void forget(const K& key) {
    if (const auto place = keys_.find(table::make_probe(key)))
      keys_.value_at(*place).end_life();
  }

  /// After a recovery: a key of which only this total is left, as was written down in this pane.
  void restore_lingering(std::int64_t pane, const K& key, const V& total) {
    const auto place = place_of(key);
    auto& x = keys_.value_at(place);
    x.end_life();
    x.total = to_owned<V>(total);
    marks_[place].lingers_since = pane;
  }

  /// After a recovery, for which values are added again: takes those of panes up to `last` into the totals, of which
  /// `covered(pane)` says that a window had them.
  template <class Covered>
  void settle(std::int64_t last, Covered covered) {
    while (!panes_.empty() && panes_.front().number <= last && !covered(panes_.front().number))
      leave_front();
    for (auto& x : panes_)
      if (x.number <= last && covered(x.number))
        enter(x);
  }

  /// Lets in the panes since the last slide, and those before `first` out; what came and went between two slides is in
  /// neither total. Then calls `use(key, total)` for every key; the views are valid until the next `add`. `note(kind,
  /// key, total)` is told of keys that are forgotten, and of those that linger: again before `first` reaches the pane
  /// in which that was noted last, and in this pane, `pane`. If a function throws, the next call goes on from there.
  template <class Use, class Note>
  void slide(std::int64_t pane, std::int64_t first, Use use, Note note) {
    if (lifeless_ > std::max(least_lifeless, keys_.size() / 2))
      compact();
    while (!panes_.empty() && panes_.front().number < first)
      leave_front();
    for (auto& x : panes_)
      enter(x);
    lifeless_ = 0;
    for (std::uint32_t place = 0; place < keys_.size(); ++place) {
      auto& x = keys_.value_at(place);
      if (!x.total) {
        ++lifeless_;
        continue;
      }
      keys_.visit_key(place, [&](const K& key) {
        const V& total = to_view<V>(*x.total);
        if (!filter_(std::pair<K, V>(key, total))) {
          note(window_change_kind::forgotten, key, std::optional<V>{});
          x.end_life();
          return;
        }
        if (auto& since = marks_[place].lingers_since; x.values == 0 && since < first) {
          note(window_change_kind::lingers, key, std::optional<V>{total});
          since = pane;
        }
        use(key, total);
      });
    }
  }

private:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
  static constexpr std::size_t least_lifeless = 1000; ///< keys that make it worth the trouble

  struct key_state {
    std::optional<owned_t<V>> total;
    std::uint32_t values = 0; ///< that are in panes
    std::uint32_t life = 0;   ///< counts how often the key has been forgotten: values of earlier lives are nobody's

    void end_life() {
      total.reset();
      values = 0;
      ++life;
    }
  };
  using table = keyed_table<K, key_state>;

  /// What is looked at of few keys.
  struct key_mark {
    std::uint32_t newest = 0;           ///< where in its pane the last value of the key may lie
    std::int64_t lingers_since = never; ///< the pane in which that was noted last; outdated once the key has values
  };

  struct pane_value {
    std::uint32_t place;
    std::uint32_t life;
    owned_t<V> value;
  };

  /// Values are let in and out from front to back.
  struct pane {
    std::int64_t number;
    std::vector<pane_value> values = {};
    std::size_t entered = 0;
    std::size_t left = 0;
  };

  std::uint32_t place_of(const K& key) {
    const auto place = keys_.place_of(table::make_probe(key), [] { return key_state{}; });
    if (place == marks_.size())
      marks_.emplace_back();
    return place;
  }

  /// Adds to the value that an earlier batch of the open pane has left, if there is one.
  bool merge(std::uint32_t place, const V& value) {
    auto& [number, values, entered, left] = panes_.back();
    auto& newest = marks_[place].newest;
    if (newest >= entered && newest < values.size() && values[newest].place == place && is_alive(values[newest])) {
      values[newest].value = f_(values[newest].value, to_owned<V>(value));
      return true;
    }
    newest = static_cast<std::uint32_t>(values.size());
    return false;
  }

  bool is_alive(const pane_value& x) { return keys_.value_at(x.place).life == x.life; }

  void prefetch_key_of(const std::vector<pane_value>& values, std::size_t before) const {
    constexpr std::size_t ahead = 12;
    if (before + ahead < values.size())
      keys_.prefetch_value(values[before + ahead].place);
  }

  void enter(pane& from) {
    for (; from.entered < from.values.size(); ++from.entered) {
      prefetch_key_of(from.values, from.entered);
      const auto& x = from.values[from.entered];
      if (auto& of = keys_.value_at(x.place); of.life == x.life)
        of.total = of.total ? f_(*of.total, x.value) : x.value;
    }
  }

  void leave_front() {
    auto& from = panes_.front();
    for (; from.left < from.values.size(); ++from.left) {
      prefetch_key_of(from.values, from.left);
      const auto& x = from.values[from.left];
      auto& of = keys_.value_at(x.place);
      if (of.life != x.life)
        continue;
      if (from.left < from.entered)
        of.total = inverse_(*of.total, x.value);
      --of.values;
    }
    spare_ = std::move(from.values);
    spare_.clear();
    panes_.pop_front();
  }

  /// Keys without a total and without values go; those that stay get new places.
  void compact() {
    table keys;
    std::vector<key_mark> marks;
    std::vector<std::uint32_t> moved(keys_.size());
    for (std::uint32_t place = 0; place < keys_.size(); ++place) {
      auto& x = keys_.value_at(place);
      if (!x.total && x.values == 0)
        continue;
      keys_.visit_key(place, [&](const K& key) {
        moved[place] = keys.place_of(table::make_probe(key), [&] { return std::move(x); });
      });
      marks.push_back(marks_[place]);
    }
    for (auto& x : panes_)
      compact(x, moved);
    keys_ = std::move(keys);
    marks_ = std::move(marks);
  }

  void compact(pane& x, const std::vector<std::uint32_t>& moved) {
    std::vector<pane_value> kept;
    std::size_t entered = 0;
    std::size_t left = 0;
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      if (!is_alive(x.values[i]))
        continue;
      entered += i < x.entered ? 1 : 0;
      left += i < x.left ? 1 : 0;
      kept.push_back(std::move(x.values[i]));
      kept.back().place = moved[kept.back().place];
    }
    x = {x.number, std::move(kept), entered, left};
  }

  kept_function<V, F> f_;
  kept_function<V, Inverse> inverse_;
  Filter filter_;
  table keys_;
  std::vector<key_mark> marks_;   ///< of the keys, by place
  std::deque<pane> panes_;        ///< in order
  std::size_t before_ = 0;        ///< values that the open pane had before the open batch
  std::vector<pane_value> spare_; ///< room of a pane that has left
  std::size_t lifeless_ = 0;      ///< keys without a total at the last slide
};

} // namespace sluice::detail
