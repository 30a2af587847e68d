// SPDX-License-Identifier: BSD-3-Clause
//
// The keyed state behind map_with_state. Only operations on all keys cost by the number of keys. A batch looks only at
// the keys that it notes, and at those that are due: these are at the front of a list in the order of their last touch.
// The changes of a batch can be taken back until it is committed. If states are kept, keys that changed since the last
// base are in a list, and a key that loses its state stays in the table until the next base, to be stored as removed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <boost/unordered/unordered_map.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/state/keyed/grown_state.hpp>
#include <sluice/state/keyed/owned_key_map.hpp>
#include <sluice/state/keyed/state.hpp>
#include <sluice/state/keyed/state_writer.hpp>

namespace sluice::detail {

/// Whether keys are kept with the time of their last touch.
enum class touches { forgotten, kept };

template <record K, record S>
class state_table {
  struct entry;

public:
  /// A key and what is known of it; stays where it is at least until a commit finds it without a state.
  using node = std::pair<const owned_t<K>, entry>;

  /// What the open batch does to a key.
  struct note {
    node* key;
    former_state<S> former;
    batch_time touched; ///< before the batch
  };

  state_table(kept_state of, touches which) : changes_{make_writer(std::move(of), which)} {}

  /// The stored form of such a table.
  static std::string schema(touches which) {
    return which == touches::kept ? codec<std::pair<K, touched_state>>::schema() : codec<std::pair<K, S>>::schema();
  }

  /// The stored forms that it can read as well: those of an S that had fewer fields.
  static std::vector<std::string> older_schemas(touches which) {
    return which == touches::kept ? former_schemas<K, touched_state>() : former_schemas<K, S>();
  }

  error restore(const state_piece& piece) {
    return std::visit([&](auto& changes) { return restore(piece, changes); }, changes_);
  }

  /// Gives a key a state before the first batch. It will be stored with what that batch changes.
  void add_initial(const owned_t<K>& key, const S& state, batch_time touched) {
    auto& x = find_or_add(to_view<K>(key));
    x.second.value = state;
    x.second.touched = touched;
    std::visit([&](auto& changes) { add_change(x, changes); }, changes_);
  }

  /// Call it once, after the last `restore` and `add_initial`.
  void begin() {
    states_ = static_cast<std::size_t>(std::ranges::count_if(map_, has_state));
    order_by_touch();
  }

  /// Keys with a state, as of the last commit.
  std::size_t size() const { return states_; }

  /// The node of a key, which may be without a state so far.
  node& find_or_add(const K& key) {
    const auto found = map_.find(key);
    return found != map_.end() ? *found : *map_.emplace(to_owned(key), entry{}).first;
  }

  /// Whether the open batch has come across the key already.
  bool is_noted(const node& x) const { return x.second.note < journal_.size() && journal_[x.second.note].key == &x; }

  /// The note of a key, made where there is none; valid until the next one is made.
  note& note_of(node& x) {
    if (!is_noted(x)) {
      x.second.note = static_cast<std::uint32_t>(journal_.size());
      journal_.push_back({&x, {}, x.second.touched});
    }
    return journal_[x.second.note];
  }

  /// Keys noted so far that have a state are touched at `t`, later than all others.
  void touch_noted(batch_time t) {
    for (const auto& [key, former, touched] : journal_) {
      unlink(*key);
      if (!key->second.value)
        continue;
      key->second.touched = t;
      link(*key);
    }
  }

  /// Calls `f(node)` for every key whose last touch was before `t`, oldest first.
  template <class F>
  void for_each_older(batch_time t, F&& f) {
    for (auto* x = oldest_; x != nullptr && x->second.touched < t; x = x->second.newer)
      f(*x);
  }

  /// Takes their states away.
  void remove_older(batch_time t) {
    while (oldest_ != nullptr && oldest_->second.touched < t) {
      auto& x = *oldest_;
      note_of(x).former.emplace(std::move(x.second.value));
      x.second.value.reset();
      unlink(x);
    }
  }

  /// Calls `f(key, state)` for all keys with a state, in no order.
  template <class F>
  void for_each(F&& f) const {
    for (const auto& [key, x] : map_)
      if (x.value)
        f(to_view<K>(key), *x.value);
  }

  /// Makes the changes of the batch final, and hands them over to be stored.
  void commit(batch_time t, std::vector<state_update>& to) {
    std::visit([&](auto& changes) { commit(t, to, changes); }, changes_);
  }

  /// Takes back the changes since the last commit.
  void undo() {
    if (journal_.empty())
      return;
    for (auto& [key, former, touched] : journal_) {
      auto& x = key->second;
      if (former)
        x.value = *std::move(former);
      x.touched = touched;
      erase_if_unused(*key);
    }
    journal_.clear();
    order_by_touch();
  }

private:
  struct entry {
    std::optional<S> value;
    batch_time touched;
    std::uint32_t note = 0;
    bool is_changed = false; ///< since the last base: then it is in changed_
    node* older = nullptr;
    node* newer = nullptr;
  };

  using touched_state = std::pair<S, std::int64_t>; ///< with the ms of its last touch
  using plain_writer = state_writer<K, S>;
  using touch_writer = state_writer<K, touched_state>;
  using any_writer = std::variant<plain_writer, touch_writer>;

  static any_writer make_writer(kept_state of, touches which) {
    if (which == touches::kept)
      return any_writer{std::in_place_type<touch_writer>, std::move(of)};
    return any_writer{std::in_place_type<plain_writer>, std::move(of)};
  }

  bool keeps_touches() const { return std::holds_alternative<touch_writer>(changes_); }

  static std::optional<S> stored(const plain_writer&, const entry& x) { return x.value; }
  static std::optional<touched_state> stored(const touch_writer&, const entry& x) {
    return x.value ? std::optional<touched_state>{std::in_place, *x.value, x.touched.ms()} : std::nullopt;
  }

  template <class Writer>
  static typename Writer::change change_of(const Writer& writer, const node& x) {
    return {to_view<K>(x.first), stored(writer, x.second)};
  }

  static void set(entry& x, const S& state) { x.value = state; }
  static void set(entry& x, const touched_state& state) {
    x.value = state.first;
    x.touched = batch_time{state.second};
  }

  template <class Writer>
  error restore(const state_piece& piece, Writer& changes) {
    changes.add_restored(piece.kind, piece.content.count());
    make_room(map_, piece);
    return for_each_change<K, typename Writer::state>(piece.content,
                                                      [&](std::span<const typename Writer::change> chunk) {
                                                        for (const auto& [key, state] : chunk) {
                                                          auto& x = find_or_add(key);
                                                          if (state)
                                                            set(x.second, *state);
                                                          else
                                                            x.second.value.reset();
                                                          if (piece.kind != change_kind::base)
                                                            mark(x);
                                                        }
                                                      });
  }

  static bool has_state(const node& x) { return x.second.value.has_value(); }

  void mark(node& x) {
    if (!std::exchange(x.second.is_changed, true))
      changed_.push_back(&x);
  }

  template <class Writer>
  void add_change(node& x, Writer& changes) {
    if (!changes.is_kept())
      return;
    mark(x);
    changes.add(change_of(changes, x));
  }

  void erase_if_unused(const node& x) {
    if (!has_state(x) && !x.second.is_changed)
      map_.erase(map_.find(x.first));
  }

  /// There is a base that holds all states.
  void forget_changes() {
    for (auto* x : changed_) {
      x->second.is_changed = false;
      erase_if_unused(*x);
    }
    changed_.clear();
  }

  /// Whether the stored state of a key differs from the current one.
  bool is_changed(const note& x) const {
    const auto& now = x.key->second.value;
    const auto& before = x.former ? *x.former : now;
    if (!now || !before)
      return now.has_value() != before.has_value();
    return keeps_touches() || (x.former && !equal_records(*now, *before));
  }

  template <class Writer>
  void commit(batch_time t, std::vector<state_update>& to, Writer& changes) {
    try {
      for (const auto& x : journal_)
        if (is_changed(x))
          add_change(*x.key, changes);
    } catch (...) { // a state too large to be stored
      changes.start_over();
      throw;
    }
    for (const auto& [key, former, touched] : journal_) {
      states_ += has_state(*key) ? 1 : 0;
      states_ -= (former ? former->has_value() : has_state(*key)) ? 1 : 0;
      erase_if_unused(*key);
    }
    journal_.clear();
    const auto change = [&changes](const node& x) { return change_of(changes, x); };
    const auto change_at = [&changes](const node* x) { return change_of(changes, *x); };
    if (changes.finish(t, to, {states_, changed_.size()},
                       map_ | std::views::filter(has_state) | std::views::transform(change),
                       changed_ | std::views::transform(change_at))
        == change_kind::base)
      forget_changes();
  }

  bool is_linked(const node& x) const { return x.second.older != nullptr || oldest_ == &x; }

  /// Puts a node at the end of the list of touches.
  void link(node& x) {
    x.second.older = newest_;
    x.second.newer = nullptr;
    (newest_ != nullptr ? newest_->second.newer : oldest_) = &x;
    newest_ = &x;
  }

  void unlink(node& x) {
    if (!is_linked(x))
      return;
    auto [older, newer] = std::tie(x.second.older, x.second.newer);
    (older != nullptr ? older->second.newer : oldest_) = newer;
    (newer != nullptr ? newer->second.older : newest_) = older;
    older = newer = nullptr;
  }

  void order_by_touch() {
    if (!keeps_touches())
      return;
    std::vector<node*> all;
    all.reserve(map_.size());
    for (auto& x : map_)
      if (has_state(x))
        all.push_back(&x);
    std::ranges::sort(all, {}, [](const node* x) { return x->second.touched; });
    oldest_ = newest_ = nullptr;
    for (auto* x : all)
      link(*x);
  }

  boost::unordered_map<owned_t<K>, entry, record_hasher, record_equal> map_;
  std::vector<note> journal_;  ///< a note per key, in the order in which the batch came across them
  std::vector<node*> changed_; ///< keys that changed since the last base
  std::size_t states_ = 0;     ///< keys with a state, as of the last commit
  any_writer changes_;
  node* oldest_ = nullptr;
  node* newest_ = nullptr;
};

} // namespace sluice::detail
