// SPDX-License-Identifier: BSD-3-Clause
//
// How a table keeps its keys. Text of up to 16 bytes lies in the entry itself, longer text in an arena.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include <sluice/actors/record/owned.hpp>
#include <sluice/actors/record/record_hash.hpp>

namespace sluice::detail {

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

  /// That are used.
  std::uint64_t bytes() const { return bytes_ - left_; }

  void clear() {
    if (pages_.size() > 1)
      pages_.erase(pages_.begin(), pages_.end() - 1);
    if (pages_.empty())
      return;
    next_ = pages_.back().memory.get();
    bytes_ = left_ = pages_.back().size;
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
    bytes_ += size;
    left_ = size;
  }

  std::vector<page> pages_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::uint64_t bytes_ = 0; ///< of all pages
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

  /// Keeps in another arena what it keeps in one.
  void move_to(text_arena&) {}

  /// Calls `f` with the key as a K.
  template <class F>
  void visit(F&& f) const {
    f(to_view<K>(key_));
  }

private:
  owned_t<K> key_;
};

template <number_record K>
struct table_key<K> {
  struct probe {
    K key;
    std::uint64_t hash;
  };
  static probe make_probe(K key) { return {key, table_hash(key)}; }

  table_key(const probe& from, text_arena&) : key_{from.key} {}
  bool matches(const probe& other) const { return equal_records(key_, other.key); }
  std::uint64_t hash() const { return table_hash(key_); }
  void move_to(text_arena&) {}

  template <class F>
  void visit(F&& f) const {
    f(key_);
  }

private:
  K key_;
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

  std::uint64_t hash() const {
    return size_ <= short_text_limit ? mix_words(words_.low, words_.high) : hash_bytes(far(), size_);
  }

  void move_to(text_arena& arena) {
    if (size_ > short_text_limit)
      words_.low = std::bit_cast<std::uint64_t>(arena.keep({far(), size_}));
  }

  template <class F>
  void visit(F&& f) const {
    f(K(size_ <= short_text_limit ? reinterpret_cast<const char*>(&words_) : far(), size_));
  }

private:
  const char* far() const { return std::bit_cast<const char*>(words_.low); }

  short_text words_;
  std::uint32_t size_;
};

} // namespace sluice::detail
