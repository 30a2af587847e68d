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

namespace sluice {

/// Counts the blocks of one input, from 1, over all starts of the program.
using block_number = std::uint64_t;

/// A block of records that an input received.
struct logged_block {
  std::string input; ///< its name
  block_number number = 0;
  batch records;
};

/// What a batch gets of one input: the blocks with first_block <= number < end_block of a receiver, or a range of
/// positions of a source.
struct input_share {
  block_number first_block = 0;
  block_number end_block = 0;
  std::string from;    ///< the position of a source before the batch; empty for a receiver
  std::string to;      ///< and after it
  bool in_log = false; ///< whether the blocks are in the log; otherwise a second run finds none

  friend bool operator==(const input_share&, const input_share&) = default;
};

/// What a batch gets of all inputs, by their names.
struct allocation {
  batch_time time;
  std::map<std::string, input_share> inputs;

  friend bool operator==(const allocation&, const allocation&) = default;
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

} // namespace sluice
