// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sluice/actors/protocol/messages.hpp>

namespace sluice {

/// A batch that an earlier run has cut and not committed, and what one input gave to it.
struct batch_again {
  batch_time time;
  input_share share;
};

/// The batches that run again, as one input sees them: what it gives to each, in order, and where it goes on. An input
/// gives the same blocks again if they are in the log, or if its source can pull them again. If it can neither, its
/// records of such a batch are those that it had when the run ended; it gives nothing to this batch and all that
/// follow, and its source goes on from the position before them. Plain logic.
class replay {
public:
  /// How an input gets its blocks of a batch again.
  enum class origin {
    nowhere, ///< there are none, or they are gone
    log,     ///< under their numbers
    source,  ///< by the recipes
  };

  replay() = default;

  /// @param position of the source after the last commit; empty if it has none.
  replay(std::vector<batch_again> batches, std::string position);

  /// Whether all batches have been given.
  bool is_over() const { return next_ == batches_.size(); }

  /// The batch that is next. Requires !is_over().
  batch_time time() const { return batches_[next_].time; }
  const input_share& share() const { return batches_[next_].share; }
  origin from() const;

  /// The next one has been given.
  void advance() { ++next_; }

  /// Where the source goes on after all of them.
  const std::string& position() const { return position_; }

  /// The first block of the batches whose blocks are in no log and cannot be pulled again: how many of them are gone.
  std::uint64_t lost_blocks() const { return lost_blocks_; }

private:
  std::vector<batch_again> batches_;
  std::size_t next_ = 0;
  std::string position_;
  std::uint64_t lost_blocks_ = 0;
};

} // namespace sluice
