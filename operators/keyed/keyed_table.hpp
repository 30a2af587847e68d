// SPDX-License-Identifier: BSD-3-Clause
//
// The table behind reduce_by_key and its like: keys are found or added, never removed one by one, and all are visited
// at the end of a batch. Open addressing over a dense array of entries: a slot is four bytes (an index and a tag of the
// hash), so what is probed stays small; entries keep the order of their first arrival, so results do not depend on the
// hash. Clearing keeps all memory.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <sluice/actors/record/heap_bytes.hpp>
#include <sluice/operators/keyed/table_key.hpp>

namespace sluice {

/// For keys of which most are found in the caches, or few: see `keyed_table::for_each_place`.
struct fetch_nothing {};

template <record K, class V>
class keyed_table {
public:
  using key_type = detail::table_key<K>;

  std::size_t size() const { return entries_.size(); }

  /// About how many bytes its keys and values take, without what the values have elsewhere, or memory of former keys.
  std::uint64_t bytes() const {
    return detail::grown_bytes<entry>(entries_.size()) + entries_.size() * slots_a_key * sizeof(slots_[0])
           + arena_.bytes();
  }

  /// What is looked up: a key, which outlives it, and the hash by which it is filed.
  using probe = typename key_type::probe;
  static probe make_probe(const K& key) { return key_type::make_probe(key); }

  /// Finds or adds a key and calls `use(place, value, added)` with its place, counted from 0 in the order of arrival.
  /// `make()` gives the value of a new key.
  template <class Make, class Use>
  [[gnu::always_inline]] void look_up(const probe& key, Make&& make, Use&& use) {
    const auto mask = index_mask_;
    const auto tag = tag_of(key.hash);
    for (auto i = static_cast<std::uint32_t>(key.hash) & mask;; i = (i + 1) & mask) {
      const auto slot = slots_[i];
      if (slot == 0) {
        insert(i, key, make);
        use(static_cast<std::uint32_t>(entries_.size() - 1), entries_.back().value, true);
        return;
      }
      if (tag_in(slot) != tag)
        continue;
      const auto place = index_in(slot) - 1;
      if (auto& found = entries_[place]; found.key.matches(key)) [[likely]] {
        use(place, found.value, false);
        return;
      }
    }
  }

  /// The value of a key. Where the key is new, `make()` gives its first value; where not, `update(value)` is called.
  template <class Make, class Update>
  void upsert(const probe& key, Make&& make, Update&& update) {
    look_up(key, std::forward<Make>(make), [&](std::uint32_t, V& value, bool added) {
      if (!added)
        update(value);
    });
  }

  /// Finds or adds the keys `key_of(record)` of some records and calls `use(record, place, value, added)` for each:
  /// faster than one by one. `make(record)` gives the value of a new key. Records of one key are used in their order,
  /// and so are all records whose key is new. `fetch(place)` is called some records ahead with the place where a key is
  /// likely to be found, or with any other that may not even exist, to fetch what `use` looks at; that is worth it
  /// where most keys of a table that is larger than the caches are looked up about as often as each other.
  template <class Record, class KeyOf, class Fetch, class Make, class Use>
  void for_each_place(std::span<const Record> records, KeyOf key_of, Fetch fetch, Make make, Use use) {
    static_assert(std::is_same_v<std::invoke_result_t<KeyOf&, const Record&>, const K&>, "probes refer to their keys");
    if constexpr (number_record<K>) {
      const auto before = entries_.size();
      if (many_are_new_ && before != 0)
        look_up_twice(records, key_of, fetch, make, use);
      else
        look_up_in_turn(records, key_of, fetch, make, use);
      many_are_new_ = (entries_.size() - before) * 8 > records.size();
    } else {
      look_up_in_turn(records, key_of, fetch, make, use);
    }
  }

  /// The place of a key; `make()` gives the value of a new one.
  template <class Make>
  std::uint32_t place_of(const probe& key, Make&& make) {
    std::uint32_t result = 0;
    look_up(key, std::forward<Make>(make), [&](std::uint32_t place, V&, bool) { result = place; });
    return result;
  }

  /// The place of a key, if it is here.
  std::optional<std::uint32_t> find(const probe& key) const {
    const auto mask = slots_.size() - 1;
    for (auto i = key.hash & mask; slots_[i] != 0; i = (i + 1) & mask)
      if (const auto place = index_in(slots_[i]) - 1; entries_[place].key.matches(key))
        return place;
    return std::nullopt;
  }

  bool contains(const probe& key) const { return find(key).has_value(); }

  /// Fetches what lies at a place. (Inlined by order, as GCC leaves out calls that do nothing but this.)
  [[gnu::always_inline]] void prefetch(std::uint32_t place) const { __builtin_prefetch(entries_.data() + place, 1); }

  V& value_at(std::uint32_t place) { return entries_[place].value; }

  /// Calls `f` with the key at a place; views in it are valid until the table changes.
  template <class F>
  void visit_key(std::uint32_t place, F&& f) const {
    entries_[place].key.visit(std::forward<F>(f));
  }

  /// Calls `f(key, value)` for every key, in the order of their first arrival. Views in the key are valid until
  /// the table changes.
  template <class F>
  void for_each(F&& f) {
    for (auto& entry : entries_)
      entry.key.visit([&](const K& key) { f(key, entry.value); });
  }

  /// Keeps the keys for which `is_kept(value)` holds, in their order, with room for as many new ones. Calls
  /// `moved(from, to)` with the old and the new place of each, from front to back.
  template <class IsKept, class Moved>
  void retain(IsKept is_kept, Moved moved) {
    detail::text_arena arena;
    std::uint32_t to = 0;
    for (std::uint32_t from = 0; from < entries_.size(); ++from) {
      if (!is_kept(std::as_const(entries_[from].value)))
        continue;
      if (from != to)
        entries_[to] = std::move(entries_[from]);
      entries_[to].key.move_to(arena);
      moved(from, to++);
    }
    entries_.erase(entries_.begin() + to, entries_.end());
    arena_ = std::move(arena);
    file_all(slots_for(2 * entries_.size()));
  }

  /// Takes time by what it holds, not by what it once held.
  void clear() {
    if (entries_.size() < slots_.size() / 16) {
      for (std::size_t n = 0; n < entries_.size(); ++n)
        slots_[slot_of(n)] = 0;
    } else {
      std::fill(slots_.begin(), slots_.end(), 0);
    }
    entries_.clear();
    arena_.clear();
  }

private:
  struct plain_entry {
    key_type key;
    V value;
  };

  /// Where entries fit cache lines, none of them lies in two.
  static constexpr std::size_t entry_alignment = std::has_single_bit(sizeof(plain_entry)) && sizeof(plain_entry) <= 64
                                                     ? sizeof(plain_entry)
                                                     : alignof(plain_entry);
  struct alignas(entry_alignment) entry {
    template <class Make>
    entry(const probe& from, detail::text_arena& arena, Make& make) : key{from, arena}, value(make()) {}

    key_type key;
    V value;
  };

  static constexpr std::size_t initial_slots = 1024;
  static constexpr std::size_t slots_a_key = 4; ///< at least: who finds a slot taken costs more than cache

  /// The probes of some records, with slots on their way into the cache.
  template <class Record, class KeyOf>
  [[gnu::always_inline]] std::span<const probe> make_probes(std::span<const Record> records, KeyOf& key_of,
                                                            std::span<probe> room) const {
    for (std::size_t i = 0; i < records.size(); ++i) {
      room[i] = make_probe(key_of(records[i]));
      __builtin_prefetch(&slots_[room[i].hash & index_mask_]);
    }
    return room.first(records.size());
  }

  template <class Fetch>
  [[gnu::always_inline]] void fetch_places(std::span<const probe> keys, Fetch& fetch) const {
    if constexpr (!std::is_same_v<Fetch, fetch_nothing>)
      for (const auto& x : keys)
        fetch(place_in(slots_[x.hash & index_mask_]));
  }

  /// One by one, with slots fetched some records ahead.
  template <class Record, class KeyOf, class Fetch, class Make, class Use>
  void look_up_in_turn(std::span<const Record> records, KeyOf& key_of, Fetch& fetch, Make& make, Use& use) {
    constexpr std::size_t at_once = 16;
    std::array<std::array<probe, at_once>, 2> rooms;
    std::span<const Record> now;
    std::span<const probe> probes;
    for (std::size_t turn = 0; !now.empty() || !records.empty(); turn ^= 1) {
      const auto next = records.first(std::min(at_once, records.size()));
      const auto next_probes = make_probes(next, key_of, rooms[turn]);
      fetch_places(probes, fetch);
      for (std::size_t i = 0; i < now.size(); ++i) {
        const auto& x = now[i];
        look_up(
            probes[i], [&] { return make(x); },
            [&](std::uint32_t place, V& value, bool added) { use(x, place, value, added); });
      }
      now = next;
      probes = next_probes;
      records = records.subspan(now.size());
    }
  }

  /// Where many keys are new, no processor can foresee whether one is. So it is found out first, without a branch,
  /// which records of a group have their key in the first slot that is looked at, or in the first entry, to which empty
  /// slots lead; the others, with new keys and with those that were pushed out of their slot, follow. Records of one
  /// key are all among the former, or all among the latter.
  template <class Record, class KeyOf, class Fetch, class Make, class Use>
  void look_up_twice(std::span<const Record> records, KeyOf& key_of, Fetch& fetch, Make& make, Use& use) {
    constexpr std::size_t at_once = 128;
    std::array<probe, at_once> room;
    std::array<std::uint32_t, at_once> places;
    std::array<std::uint8_t, at_once> found;
    std::array<std::uint8_t, at_once> others;
    for (; !records.empty(); records = records.subspan(std::min(at_once, records.size()))) {
      const auto some = records.first(std::min(at_once, records.size()));
      const auto probes = make_probes(some, key_of, room);
      fetch_places(probes, fetch);
      std::size_t hits = 0;
      for (std::size_t i = 0; i < some.size(); ++i) {
        places[hits] = place_in(slots_[probes[i].hash & index_mask_]);
        found[hits] = others[i - hits] = static_cast<std::uint8_t>(i);
        hits += std::size_t{entries_[places[hits]].key.matches(probes[i])};
      }
      for (std::size_t n = 0; n < hits; ++n)
        use(some[found[n]], places[n], entries_[places[n]].value, false);
      for (std::size_t n = 0; n < some.size() - hits; ++n) {
        const auto& x = some[others[n]];
        look_up(
            probes[others[n]], [&] { return make(x); },
            [&](std::uint32_t place, V& value, bool added) { use(x, place, value, added); });
      }
    }
  }

  /// Out of line, so that finding a key, which happens far more often, stays small; and so is what makes room, which
  /// happens seldom.
  template <class Make>
  [[gnu::noinline]] void insert(std::size_t i, const probe& key, Make& make) {
    if (entries_.size() == entries_.capacity()) [[unlikely]]
      make_room();
    if (entries_.size() == entries_.capacity())
      __builtin_unreachable(); // else the compiler has the vector look once more, and prepares for it
    entries_.emplace_back(key, arena_, make);
    slots_[i] = tag_of(key.hash) | static_cast<std::uint32_t>(entries_.size());
    if (entries_.size() * slots_a_key > slots_.size()) [[unlikely]]
      file_all(2 * slots_.size());
  }

  [[gnu::noinline]] void make_room() { entries_.reserve(std::max(initial_slots / slots_a_key, 2 * entries_.size())); }

  /// A slot holds an entry's index plus one in its low bits, and in the bits above, a tag: those of the hash. Numbers
  /// are compared as fast as tags.
  static constexpr bool is_tagged = !number_record<K>;
  std::uint32_t index_in(std::uint32_t slot) const { return is_tagged ? slot & index_mask_ : slot; }
  std::uint32_t tag_in(std::uint32_t slot) const { return is_tagged ? slot & ~index_mask_ : 0; }
  std::uint32_t tag_of(std::uint64_t hash) const { return tag_in(static_cast<std::uint32_t>(hash >> 24)); }

  /// Where a slot leads; an empty one to the first entry.
  std::uint32_t place_in(std::uint32_t slot) const {
    const auto index = index_in(slot);
    return index - (index != 0 ? 1 : 0);
  }

  /// Where entry `n` lies. Does not stop at empty slots, so all can be emptied in turn.
  std::size_t slot_of(std::size_t n) const {
    const auto mask = slots_.size() - 1;
    auto i = entries_[n].key.hash() & mask;
    while (index_in(slots_[i]) != n + 1)
      i = (i + 1) & mask;
    return i;
  }

  /// Files all entries, whose keys differ, anew.
  [[gnu::noinline]] void file_all(std::size_t slots) {
    slots_.assign(slots, 0);
    index_mask_ = static_cast<std::uint32_t>(slots - 1);
    const auto mask = slots - 1;
    for (std::size_t n = 0; n < entries_.size(); ++n) {
      const auto hash = entries_[n].key.hash();
      auto i = hash & mask;
      while (slots_[i] != 0)
        i = (i + 1) & mask;
      slots_[i] = tag_of(hash) | static_cast<std::uint32_t>(n + 1);
    }
  }

  static std::size_t slots_for(std::size_t keys) { return std::max(initial_slots, std::bit_ceil(slots_a_key * keys)); }

  std::uint32_t index_mask_ = initial_slots - 1;
  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(initial_slots);
  std::vector<entry> entries_;
  detail::text_arena arena_;
  bool many_are_new_ = false; ///< of the records that were looked up last
};

} // namespace sluice
