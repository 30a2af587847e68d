// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sluice/actors/base/bytes.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/protocol/messages.hpp>

namespace sluice {

/// The facts that a program and a checkpoint must agree on before the program may read an operator's state.
struct state_description {
  std::string operator_name;
  std::uint32_t partitions = 1;
  std::string schema; ///< of the blobs, in words that only the operator compares

  friend bool operator==(const state_description&, const state_description&) = default;
};

/// The largest blob of a state; larger deltas and snapshots come in several.
inline constexpr std::size_t max_blob_bytes = std::size_t{8} << 20;

struct state_change {
  state_id id;
  batch_time time;
  change_kind kind = change_kind::delta;
  std::vector<bytes_view> blobs; ///< not owned; may be empty: the base of an empty state has none
};

/// The content of a commit besides the state: everything up to `time` has happened, and the sources go on from here.
struct commit_record {
  batch_time time;
  std::optional<batch_time> zero; ///< one batch interval before the first batch of all
  duration interval{0};           ///< between batches; 0 if unknown
  std::uint64_t batches = 0;      ///< committed since the checkpoint began
  std::uint64_t epoch_number = 0; ///< the epoch of the topology that committed
  std::string description;        ///< the printed topology, to show what has changed since
  source_positions positions;     ///< where the sources go on after `time`
  accumulated_sums sums;          ///< of all accumulators that the programs so far have had

  friend bool operator==(const commit_record&, const commit_record&) = default;
};

/// What a checkpoint says of itself, as a value: for everybody but the owner of its log.
struct checkpoint_summary {
  std::optional<commit_record> last_commit; ///< none in a new checkpoint
  std::vector<state_description> operators; ///< whose state is known, in order of name

  friend bool operator==(const checkpoint_summary&, const checkpoint_summary&) = default;
};

} // namespace sluice
