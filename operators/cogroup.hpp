// SPDX-License-Identifier: BSD-3-Clause
//
// Two keyed streams side by side: at the end of a batch, for every key of either, all its values of the left stream and
// all of the right. The joins differ only in which pairs of those they emit.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include <sluice/actors/owned.hpp>
#include <sluice/operators/decoder.hpp>
#include <sluice/operators/keyed_table.hpp>
#include <sluice/operators/per_batch.hpp>
#include <sluice/operators/senders.hpp>

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

  template <class Emit>
  void operator()(const K& key, const std::vector<V>& left, const std::vector<W>& right, Emit& emit) const {
    for (const auto& v : left)
      for (const auto& w : right)
        emit(out{key, value{v, w}});
    if constexpr (kind == join_kind::left_outer || kind == join_kind::full_outer)
      if (right.empty())
        for (const auto& v : left)
          emit(out{key, value{v, std::nullopt}});
    if constexpr (kind == join_kind::right_outer || kind == join_kind::full_outer)
      if (left.empty())
        for (const auto& w : right)
          emit(out{key, value{std::nullopt, w}});
  }
};

/// Collects the values of both streams a key; port 0 is the left one.
template <record K, record V, record W, class Emission>
class cogroup_operator : public stage_operator {
public:
  explicit cogroup_operator(const operator_context& context) : out_{context.consumers} {}

  caf::error receive(parent_index port, partition_id, const batch& records) override {
    return port == parent_index{0} ? add(records, &groups::left) : add(records, &groups::right);
  }

  void open(batch_time t) override { arrived_.open(t); }

  void close(batch_time, stage_effects&) override {
    arrived_.current().for_each([this](const K& key, std::uint64_t, const groups& found) {
      Emission{}(key, to_view<std::vector<V>>(found.left), to_view<std::vector<W>>(found.right), out_);
    });
    out_.flush();
    arrived_.close();
  }

  void skip(batch_time, dataset, stage_effects&) override { arrived_.close(); }

private:
  struct groups {
    std::vector<owned_t<V>> left;
    std::vector<owned_t<W>> right;
  };

  template <class Value>
  caf::error add(const batch& records, std::vector<Value> groups::* side) {
    using value = std::conditional_t<std::is_same_v<decltype(side), std::vector<owned_t<V>> groups::*>, V, W>;
    auto& table = arrived_.current();
    return for_each_chunk<std::pair<K, value>>(records, [&](std::span<const std::pair<K, value>> chunk) {
      for (const auto& [key, x] : chunk) {
        const auto insert = [&, &x = x](groups& found) { (found.*side).push_back(to_owned<value>(x)); };
        table.upsert(
            keyed_table<K, groups>::make_probe(key),
            [&] {
              groups fresh;
              insert(fresh);
              return fresh;
            },
            insert);
      }
    });
  }

  per_batch<keyed_table<K, groups>> arrived_;
  emitter<typename Emission::out> out_;
};

} // namespace sluice::detail
