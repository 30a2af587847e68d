// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <utility>

#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/stage/per_batch.hpp>

namespace sluice::detail {

/// The batches that a stream's partitions send to one place, until their batch ends.
template <record T>
class collected_batches {
public:
  /// @param partitions of the sending stream.
  explicit collected_batches(std::uint32_t partitions) : partitions_{partitions} {}

  void open(batch_time t) { kept_.open(t); }

  void add(partition_id from, const batch& records) {
    auto& by_partition = kept_.current().by_partition;
    by_partition.resize(partitions_);
    by_partition[from.value()].push_back(records);
  }

  /// The dataset of the open batch, which is then forgotten.
  rdd<T> take() {
    auto content = std::exchange(kept_.current().by_partition, {});
    content.resize(partitions_);
    kept_.close();
    return rdd<T>{std::move(content)};
  }

  void forget() { kept_.close(); }

private:
  struct received {
    typename rdd<T>::partitions by_partition;
    void clear() { by_partition.clear(); }
  };

  std::uint32_t partitions_;
  per_batch<received> kept_;
};

} // namespace sluice::detail
