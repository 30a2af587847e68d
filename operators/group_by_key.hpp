// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>
#include <vector>

#include <sluice/actors/owned.hpp>
#include <sluice/operators/decoder.hpp>
#include <sluice/operators/keyed_table.hpp>
#include <sluice/operators/per_batch.hpp>
#include <sluice/operators/senders.hpp>

namespace sluice::detail {

/// All values of each key of a batch, in the order in which they arrived, whether pushed by a fused parent or sent by
/// another stage.
template <record K, record V>
class group_operator : public stage_operator, public sink<std::pair<K, V>> {
public:
  explicit group_operator(const operator_context& context) : out_{context.consumers} {}

  any_sink* input() override { return this; }

  void push(std::span<const std::pair<K, V>> chunk) override {
    auto& groups = groups_.current();
    for (const auto& x : chunk)
      groups.upsert(
          table::make_probe(x.first), [&] { return std::vector<owned_t<V>>{to_owned<V>(x.second)}; },
          [&](std::vector<owned_t<V>>& values) { values.push_back(to_owned<V>(x.second)); });
  }

  caf::error receive(parent_index, partition_id, const batch& records) override {
    return for_each_chunk<std::pair<K, V>>(records, [this](std::span<const std::pair<K, V>> chunk) { push(chunk); });
  }

  void open(batch_time t) override { groups_.open(t); }

  void close(batch_time, stage_effects&) override {
    groups_.current().for_each([this](const K& key, const std::vector<owned_t<V>>& values) {
      out_(std::pair<K, std::vector<V>>{key, to_view<std::vector<V>>(values)});
    });
    out_.flush();
    groups_.close();
  }

  void skip(batch_time, dataset, stage_effects&) override { groups_.close(); }

private:
  using table = keyed_table<K, std::vector<owned_t<V>>>;

  per_batch<table> groups_;
  emitter<std::pair<K, std::vector<V>>> out_;
};

} // namespace sluice::detail
