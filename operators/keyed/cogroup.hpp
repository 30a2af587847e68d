// SPDX-License-Identifier: BSD-3-Clause
//
// Two keyed streams side by side: at the end of a batch, for every key of either, all its values of the left stream and
// all of the right. The joins differ only in which pairs of those they emit.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/actors/record/heap_bytes.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/operators/keyed/keyed_table.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/per_batch.hpp>

namespace sluice::detail {

/// What a join does with a key that one of the streams does not have.
enum class join_kind { inner, left_outer, right_outer, full_outer };

/// The value that a join emits for values V of the left and W of the right stream.
template <join_kind kind, class V, class W>
struct joined;
template <class V, class W>
struct joined<join_kind::inner, V, W> : std::type_identity<std::pair<V, W>> {};
template <class V, class W>
struct joined<join_kind::left_outer, V, W> : std::type_identity<std::pair<V, std::optional<W>>> {};
template <class V, class W>
struct joined<join_kind::right_outer, V, W> : std::type_identity<std::pair<std::optional<V>, W>> {};
template <class V, class W>
struct joined<join_kind::full_outer, V, W> : std::type_identity<std::pair<std::optional<V>, std::optional<W>>> {};

/// Emits one record a key: (key, (all left, all right)).
template <record K, record V, record W>
struct emit_groups {
  using out = std::pair<K, std::pair<std::vector<V>, std::vector<W>>>;

  static constexpr bool may_emit(bool /*left*/, bool /*right*/) { return true; }

  template <class Emit>
  void operator()(const K& key, const std::vector<V>& left, const std::vector<W>& right, Emit& emit) const {
    emit(out{key, {left, right}});
  }
};

/// Emits one record for every pair of a left and a right value, and, if the kind says so, those without a partner.
template <join_kind kind, record K, record V, record W>
struct emit_pairs {
  using value = typename joined<kind, V, W>::type;
  using out = std::pair<K, value>;

  /// Whether there is something to emit for a key that the left and the right stream have, or not.
  static constexpr bool may_emit(bool left, bool right) { return (left || needs_no_left) && (right || needs_no_right); }

  template <class Emit>
  void operator()(const K& key, const std::vector<V>& left, const std::vector<W>& right, Emit& emit) const {
    for (const auto& v : left)
      for (const auto& w : right)
        emit(out{key, value{v, w}});
    if constexpr (needs_no_right)
      if (right.empty())
        for (const auto& v : left)
          emit(out{key, value{v, std::nullopt}});
    if constexpr (needs_no_left)
      if (left.empty())
        for (const auto& w : right)
          emit(out{key, value{std::nullopt, w}});
  }

private:
  static constexpr bool needs_no_left = kind == join_kind::right_outer || kind == join_kind::full_outer;
  static constexpr bool needs_no_right = kind == join_kind::left_outer || kind == join_kind::full_outer;
};

/// Values of many keys in one array, each with the place of the next one of its key.
template <record V>
class value_chains {
public:
  /// The values of one key: places, counted from 1; 0 is none.
  struct chain {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
  };

  void add(chain& to, const V& value) {
    values_.push_back({to_owned<V>(value), 0});
    heap_ += heap_bytes(values_.back().value);
    const auto added = static_cast<std::uint32_t>(values_.size());
    (to.first == 0 ? to.first : values_[to.last - 1].next) = added;
    to.last = added;
  }

  /// Takes a key's values out, in the order in which they were added. Views in them are valid until `clear`.
  void take(const chain& from, std::vector<V>& to) {
    to.clear();
    for (auto i = from.first; i != 0; i = values_[i - 1].next)
      if constexpr (owns_itself<V>)
        to.push_back(std::move(values_[i - 1].value));
      else
        to.push_back(to_view<V>(values_[i - 1].value));
  }

  std::uint64_t bytes() const { return grown_bytes<link>(values_.size()) + heap_; }

  void clear() {
    values_.clear();
    heap_ = 0;
  }

private:
  struct link {
    owned_t<V> value;
    std::uint32_t next;
  };
  std::vector<link> values_;
  std::uint64_t heap_ = 0; ///< bytes of values elsewhere
};

/// Collects the values of both streams a key; port 0 is the left one.
template <record K, record V, record W, class Emission>
class cogroup_operator : public stage_operator {
public:
  explicit cogroup_operator(const operator_context& context) : out_{context.consumers} {}

  error receive(parent_index port, partition_id, const batch& records) override {
    auto& into = arrived_.current();
    return port == parent_index{0} ? add(into.keys, into.left, &groups::left, records)
                                   : add(into.keys, into.right, &groups::right, records);
  }

  void open(batch_time t) override { arrived_.open(t); }

  void close(batch_time, stage_effects&) override {
    auto& now = arrived_.current();
    now.keys.for_each([&](const K& key, const groups& found) {
      if (!Emission::may_emit(found.left.first != 0, found.right.first != 0))
        return;
      now.left.take(found.left, left_);
      now.right.take(found.right, right_);
      Emission{}(key, left_, right_, out_);
    });
    out_.flush();
    arrived_.close();
  }

  void skip(batch_time, presence, stage_effects&) override { arrived_.close(); }

  std::uint64_t bytes_held() const override { return arrived_.bytes(); }

private:
  struct groups {
    typename value_chains<V>::chain left;
    typename value_chains<W>::chain right;
  };
  using key_table = keyed_table<K, groups>;

  struct arrival {
    key_table keys;
    value_chains<V> left;
    value_chains<W> right;

    std::uint64_t bytes() const { return keys.bytes() + left.bytes() + right.bytes(); }

    void clear() {
      keys.clear();
      left.clear();
      right.clear();
    }
  };

  template <record Value>
  static error add(key_table& keys, value_chains<Value>& values, typename value_chains<Value>::chain groups::* side,
                   const batch& records) {
    using pair = std::pair<K, Value>;
    return for_each_chunk<pair>(records, [&](std::span<const pair> chunk) {
      keys.for_each_place(
          chunk, [](const pair& x) -> const K& { return x.first; }, [&](std::uint32_t place) { keys.prefetch(place); },
          [](const pair&) { return groups{}; },
          [&](const pair& x, std::uint32_t, groups& found, bool) { values.add(found.*side, x.second); });
    });
  }

  per_batch<arrival> arrived_;
  std::vector<V> left_; ///< of the key at hand
  std::vector<W> right_;
  emitter<typename Emission::out> out_;
};

} // namespace sluice::detail
