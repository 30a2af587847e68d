// SPDX-License-Identifier: BSD-3-Clause
//
// What the write-ahead log holds. A receiver's records come in blocks, numbered from 1 for each input. At the end of a
// batch each input says which of them the batch gets: its share. The shares of all inputs are the batch's allocation.
// A batch that runs again runs with the same allocation, so it is the same batch.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sluice/actors/base/time.hpp>
#include <sluice/actors/batch/batch.hpp>
#include <sluice/actors/protocol/messages.hpp>

namespace sluice {

/// Counts the blocks of one input, from 1, over all starts of the program.
using block_number = std::uint64_t;

/// A block of records that an input received.
struct logged_block {
  std::string input; ///< its name
  block_number number = 0;
  batch records;
};

/// Changes of the log that become durable together, or not at all.
struct log_group {
  std::vector<logged_block> blocks;
  std::vector<allocation> allocations;
  std::optional<batch_time> release; ///< up to this batch all are committed: what they got is not needed any more
};

/// The blocks of one input as the log has them: first <= allocated <= next.
struct block_counts {
  block_number first = 1;     ///< the oldest one that is kept
  block_number allocated = 1; ///< the first one that no batch has got
  block_number next = 1;      ///< the number of the next one to be received

  bool holds_blocks() const { return first != next; }

  friend bool operator==(const block_counts&, const block_counts&) = default;
};

/// What a log holds, as a value: for everybody but its owner.
struct log_summary {
  std::map<batch_time, allocation> pending;   ///< allocations that are not released
  std::map<std::string, block_counts> inputs; ///< those that the log has ever known
  std::optional<batch_time> released;         ///< up to this batch what they got is gone
};

} // namespace sluice
