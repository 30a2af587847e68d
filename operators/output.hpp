// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>

#include <sluice/operators/per_batch.hpp>
#include <sluice/operators/rdd.hpp>
#include <sluice/operators/stage_operator.hpp>

namespace sluice::detail {

/// An output: gathers the batches of all partitions on the driver and, when the batch has ended, calls `f(rdd, time)`.
template <record T, class F>
class output_operator : public stage_operator {
public:
  explicit output_operator(F f) : f_{std::move(f)} {}

  caf::error receive(parent_index, partition_id from, const batch& records) override {
    kept_.current().by_partition[from].push_back(records);
    return {};
  }

  void open(batch_time t) override { kept_.open(t); }

  void close(batch_time t, stage_effects&) override {
    typename rdd<T>::partitions content;
    for (auto& [from, records] : kept_.current().by_partition)
      content.push_back(std::move(records));
    kept_.close();
    f_(rdd<T>{std::move(content)}, t);
  }

private:
  struct received {
    std::map<partition_id, std::vector<batch>> by_partition;
    void clear() { by_partition.clear(); }
  };

  F f_;
  per_batch<received> kept_;
};

} // namespace sluice::detail
