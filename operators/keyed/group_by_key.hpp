// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/operators/keyed/value_lists.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/per_batch.hpp>

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
      groups.add(x);
  }

  error receive(parent_index, partition_id, const batch& records) override {
    return for_each_chunk<std::pair<K, V>>(records, [this](std::span<const std::pair<K, V>> chunk) { push(chunk); });
  }

  void open(batch_time t) override { groups_.open(t); }

  void close(batch_time, stage_effects&) override {
    groups_.current().lists.for_each([this](const K& key, const std::vector<owned_t<V>>& values) {
      out_(std::pair<K, std::vector<V>>{key, to_view<std::vector<V>>(values)});
    });
    out_.flush();
    groups_.close();
  }

  void skip(batch_time, presence, stage_effects&) override { groups_.close(); }

  std::uint64_t bytes_held() const override { return groups_.bytes(); }

private:
  per_batch<value_lists<K, V, std::vector<owned_t<V>>>> groups_;
  emitter<std::pair<K, std::vector<V>>> out_;
};

} // namespace sluice::detail
