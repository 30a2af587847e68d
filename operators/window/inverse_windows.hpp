// SPDX-License-Identifier: BSD-3-Clause
//
// The windows of all keys, for a function with an inverse: a total a key, to which values are added as they arrive,
// when their key is at hand anyway, and from which they are taken away when their pane leaves. Panes hold values side
// by side, each with the place of its key, so that a slide goes through what leaves, and the totals, each from front to
// back.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sluice/operators/keyed/keyed_table.hpp>
#include <sluice/operators/stage/kept_function.hpp>
#include <sluice/operators/stage/operator_failure.hpp>
#include <sluice/operators/window/window_change.hpp>

namespace sluice {

/// As the filter of `reduce_by_key_and_window` with an inverse function: a key leaves with the last of its values. The
/// remainder that the inverse function makes of an empty window does not matter then.
struct drop_dead_keys {};

namespace detail {

/// The filter of who gave none.
struct keep_every_key {
  template <class T>
  bool operator()(const T&) const {
    return true;
  }
};

/// Whether a Filter decides about pairs of type T.
template <class Filter, class T>
concept key_filter = std::same_as<Filter, drop_dead_keys> || std::predicate<Filter&, const T&>;

/// `filter(pair)` decides about one window: a pair that it rejects is not emitted. A key whose values are in the panes
/// stays all the same, because its total is needed when they leave. A key without values stays until it is rejected.
template <record K, record V, class F, class Inverse, class Filter>
class inverse_windows {
public:
  inverse_windows(F f, Inverse inverse, Filter filter, const std::string& label = {})
      : f_{std::move(f)}, inverse_{std::move(inverse)}, filter_{std::move(filter)}, site_{label},
        inverse_site_{label, "its inverse function"}, filter_site_{label, "its filter"} {}

  /// Whether a key may stay when all its values have left.
  static constexpr bool may_linger = true;

  /// Says that a batch of this pane follows, which is the newest one.
  void open(std::int64_t pane) {
    if (panes_.empty() || panes_.back().number != pane) {
      if (!panes_.empty())
        numbers_before_ = number_of(panes_.back().values.size());
      panes_.push_back({pane, std::exchange(spare_, {})});
      once_ = 0;
    }
    before_ = panes_.back().values.size();
  }

  /// Adds values of the open batch, which the next window has.
  void add(std::span<const std::pair<K, V>> records) {
    auto& values = panes_.back().values;
    if (values.capacity() - values.size() < records.size())
      values.reserve(std::max(values.size() + records.size(), 2 * values.capacity()));
    keys_.for_each_place(
        records, [](const std::pair<K, V>& x) -> const K& { return x.first; },
        [this](std::uint32_t place) {
          keys_.prefetch(place);
          __builtin_prefetch(newest_.data() + place, 1);
        },
        [](const std::pair<K, V>&) { return key_state{}; },
        [&](const std::pair<K, V>& x, std::uint32_t place, key_state& state, bool added) {
          if (added)
            make_room_for_new_key();
          add(values, place, state, x.second);
        });
  }

  /// Calls `use(key, value)` for every key of the open batch with what its values were reduced to. The views are valid
  /// during the call.
  template <class Use>
  void for_each_of_batch(Use use) {
    const auto& values = panes_.back().values;
    for (auto i = before_; i < values.size(); ++i)
      keys_.visit_key(values[i].place, [&](const K& key) { use(key, to_view<V>(values[i].value)); });
  }

  /// Says that the open batch is whole. Not to be repeated if a function throws.
  void end_batch() {
    const auto size = panes_.back().values.size();
    if (before_ == 0)
      once_ = size;
    else if (size >= 2 * once_)
      reduce_open_pane();
  }

  /// Forgets the open batch instead, as if it had had no values. From totals that were there before, they are taken
  /// away by the next slide, as if they had come earlier.
  void abandon_batch() {
    auto& values = panes_.back().values;
    std::vector<pane_value> entered;
    for (; values.size() > before_; values.pop_back()) {
      auto& x = keys_.value_at(values.back().place);
      if (values.back().before.has_total()) {
        entered.push_back(std::move(values.back()));
      } else {
        x.total = {};
        x.now = x.now.without_total();
        x.values = 0;
      }
    }
    panes_.push_front({never, std::move(entered)});
  }

  /// Forgets a key, with all its values.
  void forget(const K& key) {
    if (const auto place = keys_.find(table::make_probe(key)))
      keys_.value_at(*place).end_life();
  }

  /// After a recovery: a key of which only this total is left, as was written down in this pane.
  void restore_lingering(std::int64_t pane, const K& key, const V& total) {
    const auto place = place_of(table::make_probe(key));
    auto& x = keys_.value_at(place);
    x.end_life();
    x.total = to_owned<V>(total);
    x.now = x.now.with_total();
    lingers_since_[place] = pane;
  }

  /// Lets the panes before `first` out. Then calls `use_some(n, make)`, again and again, for all keys: `make(i, put)`,
  /// to be called for i from 0 to n - 1, calls `put(pair)` with a key and its total, or not. The views are valid until
  /// the next `add`. `note(kind, key, total)` is told of keys that are forgotten, and of those that linger: again
  /// before `first` reaches the pane in which that was noted last, and in this pane, `pane`. If a function throws, the
  /// next call goes on from there.
  template <class UseSome, class Note>
  void slide(std::int64_t pane, std::int64_t first, UseSome use_some, Note note) {
    if (lifeless_ > std::max(least_lifeless, keys_.size() / 2))
      compact();
    while (!panes_.empty() && panes_.front().number < first)
      leave_front();
    lifeless_ = 0;
    constexpr std::uint32_t at_once = 256;
    for (std::uint32_t begin = 0, size = static_cast<std::uint32_t>(keys_.size()); begin < size; begin += at_once) {
      std::array<std::uint32_t, at_once> alive; // found out first, so that no branch depends on each key
      std::size_t count = 0;
      const auto end = std::min(begin + at_once, size);
      for (auto place = begin; place < end; ++place) {
        alive[count] = place;
        count += keys_.value_at(place).now.has_total() ? 1 : 0;
      }
      lifeless_ += end - begin - count;
      use_some(count, [&](std::size_t i, auto put) { use_total(alive[i], pane, first, put, note); });
    }
  }

  std::size_t keys() const { return keys_.size(); }

private:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
  static constexpr std::size_t least_lifeless = 1000; ///< keys that make it worth the trouble
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

  /// How often a key has been forgotten, as values of earlier lives are nobody's, and whether it has a total. (Bit
  /// fields would be put together in memory, where the processor has to wait for the parts.)
  struct phase {
    std::uint32_t number = 0; ///< twice the former, and 1 with a total

    bool has_total() const { return (number & 1) != 0; }
    bool is_of_life(phase other) const { return (number | 1) == (other.number | 1); }
    phase with_total() const { return {number | 1}; }
    phase without_total() const { return {number & ~std::uint32_t{1}}; }
    phase next_life() const { return {with_total().number + 1}; }
  };

  struct key_state {
    owned_t<V> total{};
    std::uint32_t values = 0; ///< that are in panes; with some, the key has a total
    phase now = {};

    void end_life() {
      total = {};
      values = 0;
      now = now.next_life();
    }
  };
  using table = keyed_table<K, key_state>;

  struct pane_value {
    std::uint32_t place;
    phase before; ///< the key's, when the value came
    owned_t<V> value;
  };

  struct pane {
    std::int64_t number;
    std::vector<pane_value> values = {};
    std::size_t left = 0; ///< values, from front to back
  };

  template <class Put, class Note>
  void use_total(std::uint32_t place, std::int64_t pane, std::int64_t first, Put& put, Note& note) {
    auto& x = keys_.value_at(place);
    keys_.visit_key(place, [&](const K& key) {
      const V& total = to_view<V>(x.total);
      if (!is_emitted(x, key, total)) {
        if (x.values == 0) {
          note(window_change_kind::forgotten, key, std::optional<V>{});
          x.end_life();
        }
        return;
      }
      if (auto& since = lingers_since_[place]; x.values == 0 && since < first) {
        note(window_change_kind::lingers, key, std::optional<V>{total});
        since = pane;
      }
      put(std::pair<K, V>(key, total));
    });
  }

  bool is_emitted(const key_state& x, const K& key, const V& total) {
    if constexpr (std::same_as<Filter, drop_dead_keys>)
      return x.values != 0;
    else
      return filter_site_.call([&] { return std::pair<K, V>(key, total); },
                               [&] { return static_cast<bool>(filter_(std::pair<K, V>(key, total))); });
  }

  std::uint32_t place_of(const typename table::probe& key) {
    const auto place = keys_.place_of(key, [] { return key_state{}; });
    if (place == newest_.size())
      make_room_for_new_key();
    return place;
  }

  [[gnu::noinline]] void make_room_for_new_key() {
    newest_.push_back(0);
    lingers_since_.push_back(never);
  }

  /// @param values the open pane's, which have room for one more
  [[gnu::always_inline]] void add(std::vector<pane_value>& values, std::uint32_t place, key_state& x, const V& value) {
    auto owned = to_owned<V>(value);
    if (auto* const known = newest_value_of(values, place, x.now, before_, values.size())) {
      auto total = f_(x.total, owned);
      known->value = f_(known->value, owned);
      x.total = std::move(total);
      return;
    }
    const auto before = x.now;
    x.total = before.has_total() ? f_(x.total, owned) : owned;
    x.now = before.with_total();
    ++x.values;
    newest_[place] = number_of(values.size());
    if (values.size() == values.capacity())
      __builtin_unreachable(); // else the compiler prepares for it
    values.emplace_back(place, before, std::move(owned));
  }

  /// The number of a value of the open pane.
  std::uint32_t number_of(std::size_t i) const { return numbers_before_ + static_cast<std::uint32_t>(i); }

  /// The newest value of a key, if it lies in this part of the open pane, whose values are given.
  pane_value* newest_value_of(std::vector<pane_value>& values, std::uint32_t place, phase now, std::size_t begin,
                              std::size_t end) {
    const std::uint32_t i = newest_[place] - number_of(0);
    if (i < begin || i >= end)
      return nullptr;
    auto& found = values[i];
    return found.place == place && found.before.is_of_life(now) ? &found : nullptr;
  }

  /// Brings the open pane down to a value a key. To be called when it has twice as many as after the last time, so that
  /// it costs as much as adding them.
  void reduce_open_pane() {
    auto& values = panes_.back().values;
    std::size_t end = 0;
    std::size_t next = 0;
    try {
      for (; next < values.size(); ++next) {
        auto& value = values[next];
        auto& x = keys_.value_at(value.place);
        if (!value.before.is_of_life(x.now))
          continue;
        if (auto* const known = newest_value_of(values, value.place, x.now, 0, end)) {
          site_.call_for_key([&] { return key_at(value.place); },
                             [&] { known->value = f_(known->value, value.value); });
          --x.values;
          continue;
        }
        newest_[value.place] = number_of(end);
        if (end != next)
          values[end] = std::move(value);
        ++end;
      }
    } catch (...) { // the rest stays as it was
      values.erase(begin_of(values, end), begin_of(values, next));
      throw;
    }
    values.erase(begin_of(values, end), values.end());
    once_ = end;
  }

  static auto begin_of(std::vector<pane_value>& values, std::size_t i) {
    return values.begin() + static_cast<std::ptrdiff_t>(i);
  }

  bool is_alive(const pane_value& x) { return x.before.is_of_life(keys_.value_at(x.place).now); }

  void leave_front() {
    auto& from = panes_.front();
    take_away(from.values, from.left);
    spare_ = std::move(from.values);
    spare_.clear();
    panes_.pop_front();
  }

  /// Takes a pane's values from number `next` on away from the totals; counts there.
  void take_away(const std::vector<pane_value>& values, std::size_t& next) {
    constexpr std::size_t ahead = 32;
    struct progress {
      std::size_t& kept;
      std::size_t i;
      ~progress() { kept = i; }
    } at{next, next}; // also if a function throws
    const auto take = [&](const pane_value& x) {
      if (auto& of = keys_.value_at(x.place); x.before.is_of_life(of.now)) {
        of.total = inverse_(of.total, x.value);
        --of.values;
      }
    };
    try {
      for (; at.i + ahead < values.size(); ++at.i) {
        keys_.prefetch(values[at.i + ahead].place);
        take(values[at.i]);
      }
      for (; at.i < values.size(); ++at.i)
        take(values[at.i]);
    } catch (...) {
      const auto& leaving = values[at.i];
      const auto record = [&] { return std::pair<owned_t<K>, owned_t<V>>(key_at(leaving.place), leaving.value); };
      inverse_site_.fail("record", record);
    }
  }

  owned_t<K> key_at(std::uint32_t place) const {
    std::optional<owned_t<K>> result;
    keys_.visit_key(place, [&](const K& key) { result.emplace(to_owned<K>(key)); });
    return *std::move(result);
  }

  /// Keys without a total go; those that stay get new places.
  void compact() {
    std::vector<std::uint32_t> places(keys_.size(), nowhere);
    keys_.retain([](const key_state& x) { return x.now.has_total(); },
                 [&](std::uint32_t from, std::uint32_t to) {
                   places[from] = to;
                   lingers_since_[to] = lingers_since_[from];
                 });
    lingers_since_.resize(keys_.size());
    newest_.assign(keys_.size(), 0);
    for (auto& x : panes_)
      compact(x, places);
  }

  /// Values of keys that are gone, and of earlier lives, go too.
  void compact(pane& x, const std::vector<std::uint32_t>& places) {
    std::size_t end = 0;
    std::size_t left = 0;
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      auto& value = x.values[i];
      value.place = places[value.place];
      if (value.place == nowhere || !is_alive(value))
        continue;
      left += i < x.left ? 1 : 0;
      if (i != end)
        x.values[end] = std::move(value);
      ++end;
    }
    x.values.erase(begin_of(x.values, end), x.values.end());
    x.left = left;
  }

  kept_function<V, F> f_;
  kept_function<V, Inverse> inverse_;
  Filter filter_;
  call_site site_;
  call_site inverse_site_;
  call_site filter_site_;
  table keys_;
  std::vector<std::uint32_t> newest_;       ///< by place: the number of a key's newest value if the open pane has it
  std::vector<std::int64_t> lingers_since_; ///< by place: the pane in which that was noted last, or earlier ones
  std::deque<pane> panes_;                  ///< in order
  std::uint32_t numbers_before_ = 0;        ///< values of earlier panes, which are numbered through; may wrap around
  std::size_t before_ = 0;                  ///< values that the open pane had before the open batch
  std::size_t once_ = 0;                    ///< values of the open pane when last there was one a key
  std::vector<pane_value> spare_;           ///< room of a pane that has left
  std::size_t lifeless_ = 0;                ///< keys without a total at the last slide
};

} // namespace detail

} // namespace sluice
