// SPDX-License-Identifier: BSD-3-Clause
//
// The table behind reduce_by_key and its like: keys are found or added, never removed one by one, and all are visited
// at the end of a batch. Open addressing over a dense array of entries: a slot is four bytes (an index and a tag of the
// hash), so what is probed stays small; entries keep the order of their first arrival, so results do not depend on the
// hash. Text of up to 16 bytes lies in the entry itself, longer text in an arena. Clearing keeps all memory.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <sluice/actors/owned.hpp>
#include <sluice/operators/record_hash.hpp>

namespace sluice {

namespace detail {

/// Bytes that live until `clear`.
class text_arena {
public:
  const char* keep(std::string_view text) {
    if (text.size() > left_)
      add_page(text.size());
    auto* result = next_;
    std::memcpy(result, text.data(), text.size());
    next_ += text.size();
    left_ -= text.size();
    return result;
  }

  void clear() {
    if (pages_.size() > 1)
      pages_.erase(pages_.begin(), pages_.end() - 1);
    if (pages_.empty())
      return;
    next_ = pages_.back().memory.get();
    left_ = pages_.back().size;
  }

private:
  struct page {
    std::unique_ptr<char[]> memory;
    std::size_t size;
  };

  void add_page(std::size_t least) {
    const auto size = std::max(least, std::size_t{64} << 10);
    pages_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    next_ = pages_.back().memory.get();
    left_ = size;
  }

  std::vector<page> pages_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

/// How a table keeps keys of type K. `probe` is what a lookup computes once and compares many times.
template <record K>
struct table_key {
  struct probe {
    const K* key;
    std::uint64_t hash;
  };
  static probe make_probe(const K& key) { return {&key, table_hash(key)}; }

  table_key(const probe& from, text_arena&) : key_{to_owned(*from.key)} {}
  bool matches(const probe& other) const { return equal_records(key_, *other.key); }
  std::uint64_t hash() const { return table_hash(key_); }

  /// Calls `f` with the key as a K.
  template <class F>
  void visit(F&& f) const {
    f(to_view<K>(key_));
  }

private:
  owned_t<K> key_;
};

template <text_record K>
struct table_key<K> {
  struct probe {
    std::string_view text;
    short_text words;
    std::uint64_t hash;
  };
  static probe make_probe(std::string_view text) {
    if (text.size() > short_text_limit)
      return {text, {}, hash_bytes(text)};
    const auto words = load_short_text(text.data(), text.size());
    return {text, words, mix_words(words.low, words.high)};
  }

  table_key(const probe& from, text_arena& arena) : size_{static_cast<std::uint32_t>(from.text.size())} {
    if (size_ <= short_text_limit)
      words_ = from.words;
    else
      words_.low = std::bit_cast<std::uint64_t>(arena.keep(from.text));
  }

  bool matches(const probe& other) const {
    if (size_ != other.text.size())
      return false;
    return size_ <= short_text_limit ? words_ == other.words : std::memcmp(far(), other.text.data(), size_) == 0;
  }

  std::uint64_t hash() const { return size_ <= short_text_limit ? mix_words(words_.low, words_.high) : hash_bytes(far(), size_); }

  template <class F>
  void visit(F&& f) const {
    f(K(size_ <= short_text_limit ? reinterpret_cast<const char*>(&words_) : far(), size_));
  }

private:
  const char* far() const { return std::bit_cast<const char*>(words_.low); }

  short_text words_;
  std::uint32_t size_;
};

} // namespace detail

template <record K, class V>
class keyed_table {
public:
  using key_type = detail::table_key<K>;

  keyed_table() : keyed_table(0) {}

  /// @param expected how many keys there will be.
  explicit keyed_table(std::size_t expected)
      : index_mask_{static_cast<std::uint32_t>(std::max(initial_slots, std::bit_ceil(2 * expected)) - 1)},
        slots_(index_mask_ + std::size_t{1}, 0) {
    entries_.reserve(expected);
  }

  std::size_t size() const { return entries_.size(); }

  /// What is looked up: a key, which outlives it, and the hash by which it is filed.
  using probe = typename key_type::probe;
  static probe make_probe(const K& key) { return key_type::make_probe(key); }

  /// The value of a key. Where the key is new, `make()` gives its first value; where not, `update(value)` is called.
  /// Returns the key's place, counted from 0 in the order of arrival.
  template <class Make, class Update>
  std::uint32_t upsert(const probe& key, Make&& make, Update&& update) {
    const auto mask = index_mask_;
    const auto tag = tag_of(key.hash);
    for (auto i = static_cast<std::uint32_t>(key.hash) & mask;; i = (i + 1) & mask) {
      const auto slot = slots_[i];
      if (slot == 0) {
        insert(i, key, std::forward<Make>(make));
        return static_cast<std::uint32_t>(entries_.size() - 1);
      }
      if ((slot & ~mask) != tag)
        continue;
      const auto place = (slot & mask) - 1;
      auto& entry = entries_[place];
      if (entry.key.matches(key)) [[likely]] {
        update(entry.value);
        return place;
      }
    }
  }

  /// Calls `use(record, probe)` for each of some records, whose key is `key_of(record)`: faster than one by one. With
  /// `Fetch`, the memory where keys are likely to be found is fetched first, which is worth it where most keys of a
  /// table that is larger than the caches are looked up about as often as each other.
  template <bool Fetch, class Record, class KeyOf, class Use>
  void for_each_probe(std::span<const Record> records, KeyOf key_of, Use use) {
    constexpr std::size_t at_once = 16;
    std::array<std::array<probe, at_once>, 2> probes;
    const auto prepare = [&](std::span<const Record> some, auto& to) {
      for (std::size_t i = 0; i < some.size(); ++i) {
        to[i] = make_probe(key_of(some[i]));
        __builtin_prefetch(&slots_[to[i].hash & index_mask_]);
      }
    };
    auto now = records.first(std::min(at_once, records.size()));
    prepare(now, probes[0]);
    for (std::size_t turn = 0; !now.empty(); turn ^= 1) {
      records = records.subspan(now.size());
      const auto next = records.first(std::min(at_once, records.size()));
      prepare(next, probes[turn ^ 1]);
      if constexpr (Fetch)
        for (std::size_t i = 0; i < now.size(); ++i) {
          const auto slot = slots_[probes[turn][i].hash & index_mask_] & index_mask_;
          __builtin_prefetch(entries_.data() + (std::max(slot, std::uint32_t{1}) - 1), 1);
        }
      for (std::size_t i = 0; i < now.size(); ++i)
        use(now[i], probes[turn][i]);
      now = next;
    }
  }

  /// The place of a key; `make()` gives the value of a new one.
  template <class Make>
  std::uint32_t place_of(const probe& key, Make&& make) {
    return upsert(key, std::forward<Make>(make), [](V&) {});
  }

  /// The place of a key, if it is here.
  std::optional<std::uint32_t> find(const probe& key) const {
    const auto mask = slots_.size() - 1;
    for (auto i = key.hash & mask; slots_[i] != 0; i = (i + 1) & mask)
      if (const auto place = (slots_[i] & index_mask()) - 1; entries_[place].key.matches(key))
        return place;
    return std::nullopt;
  }

  bool contains(const probe& key) const { return find(key).has_value(); }

  /// Fetches the value at a place. (Inlined by order, as GCC leaves out calls that do nothing but this.)
  [[gnu::always_inline]] void prefetch_value(std::uint32_t place) const {
    __builtin_prefetch(&entries_[place].value, 1);
  }

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
    key_type key;
    V value;
  };

  static constexpr std::size_t initial_slots = 1024;

  /// Out of line, so that finding a key, which happens far more often, stays small.
  template <class Make>
  [[gnu::noinline]] void insert(std::size_t i, const probe& key, Make&& make) {
    entries_.push_back({key_type{key, arena_}, make()});
    slots_[i] = tag_of(key.hash) | static_cast<std::uint32_t>(entries_.size());
    if (entries_.size() * 2 > slots_.size())
      grow();
  }

  /// A slot holds an entry's index plus one in its low bits, and in the bits above, those of the hash.
  std::uint32_t index_mask() const { return index_mask_; }
  std::uint32_t tag_of(std::uint64_t hash) const { return static_cast<std::uint32_t>(hash >> 24) & ~index_mask(); }

  /// Where entry `n` lies. Does not stop at empty slots, so all can be emptied in turn.
  std::size_t slot_of(std::size_t n) const {
    const auto mask = slots_.size() - 1;
    auto i = entries_[n].key.hash() & mask;
    while ((slots_[i] & index_mask()) != n + 1)
      i = (i + 1) & mask;
    return i;
  }

  void grow() {
    slots_.assign(slots_.size() * 2, 0);
    index_mask_ = static_cast<std::uint32_t>(slots_.size() - 1);
    const auto mask = slots_.size() - 1;
    for (std::size_t n = 0; n < entries_.size(); ++n) {
      const auto hash = entries_[n].key.hash();
      auto i = hash & mask;
      while (slots_[i] != 0)
        i = (i + 1) & mask;
      slots_[i] = tag_of(hash) | static_cast<std::uint32_t>(n + 1);
    }
  }

  std::uint32_t index_mask_;
  std::vector<std::uint32_t> slots_;
  std::vector<entry> entries_;
  detail::text_arena arena_;
};

} // namespace sluice
