// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/batch/batch.hpp>

namespace sluice {

/// Assigns the blocks of one input to batches. A block goes on at once, to the partitions in turn, under the time of
/// the open batch; a cut only ends that batch. So work starts when data arrives, and most of it is done at the end of
/// the interval. Bytes return as credit when their batch is committed. Blocks are numbered over all batches, and the
/// number alone decides about the partition: a batch that runs again goes the same ways. Plain logic; the actor around
/// it sends.
class batch_generator {
public:
  /// A block on its way to a partition.
  struct parcel {
    partition_id to;
    batch_time time;
    std::uint64_t number;
    batch content;
  };

  /// `next_block`: the number of the first block.
  batch_generator(duration interval, std::uint32_t partitions, std::uint64_t next_block = 0)
      : interval_{interval}, partitions_{partitions}, next_block_{next_block} {}

  /// Blocks are filed under batch `t` from now on. Nothing has been filed since the last cut.
  void open(batch_time t) { open_ = t; }

  /// The next block has this number. Nothing has been filed since the last cut.
  void go_to(std::uint64_t block) { filling_.first_block = next_block_ = block; }

  /// Files a block under the open batch.
  parcel add(batch block);

  std::uint64_t next_block() const { return next_block_; }

  /// The content of a cut batch.
  struct cut_batch {
    batch_time time;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    std::uint64_t first_block = 0;
    std::uint64_t end_block = 0; ///< the block after the last
  };

  /// Ends the open batch and opens the next one.
  cut_batch cut();

  /// What has become free.
  struct released {
    std::uint64_t bytes = 0;
    std::uint64_t end_block = 0; ///< all blocks before this one are committed; 0 if that is not new
  };

  /// Batches up to `t` are committed.
  released release(batch_time t);

private:
  struct held_batch {
    std::uint64_t bytes;
    std::uint64_t end_block;
  };

  duration interval_;
  std::uint32_t partitions_;
  std::uint64_t next_block_;
  batch_time open_;
  cut_batch filling_{.first_block = next_block_};
  std::map<batch_time, held_batch> held_;
};

} // namespace sluice
