// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/batch/batch.hpp>

namespace sluice {

/// Assigns the blocks of one input to batches. A block goes on at once, to the partitions in turn, under the time of
/// the open batch; a cut only ends that batch. So work starts when data arrives, and most of it is done at the end of
/// the interval. Bytes return as credit when their batch is committed. Plain logic; the actor around it sends.
class batch_generator {
public:
  /// A block on its way to a partition.
  struct parcel {
    partition_id to;
    batch_time time;
    batch content;
  };

  batch_generator(duration interval, std::uint32_t partitions) : interval_{interval}, partitions_{partitions} {}

  /// The first batch.
  void start(batch_time open) { open_ = open; }

  /// Files a block under the open batch.
  parcel add(batch block);

  /// The content of a cut batch.
  struct cut_batch {
    batch_time time;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
  };

  /// Ends the open batch and opens the next one.
  cut_batch cut();

  /// Batches up to `t` are committed. Returns the bytes that are free again.
  std::uint64_t release(batch_time t);

private:
  duration interval_;
  std::uint32_t partitions_;
  std::uint32_t next_partition_ = 0;
  batch_time open_;
  cut_batch filling_;
  std::map<batch_time, std::uint64_t> held_;
};

} // namespace sluice
