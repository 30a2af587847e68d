// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/expected.hpp>
#include <sluice/state/checkpoint/checkpoint.hpp>

namespace sluice {

/// The table of contents of a checkpoint, rewritten by each commit: a blob is there if and only if the manifest says
/// so.
struct manifest {
  struct operator_entry {
    std::uint32_t number = 0; ///< stands for the name in keys
    std::uint32_t partitions = 0;
    std::string schema;

    friend bool operator==(const operator_entry&, const operator_entry&) = default;
  };

  struct snapshot_entry {
    batch_time time;
    std::uint64_t blobs = 0;

    friend bool operator==(const snapshot_entry&, const snapshot_entry&) = default;
  };

  /// The snapshots of a state, in the order of replay.
  struct snapshot_entries {
    std::optional<snapshot_entry> base;
    std::optional<snapshot_entry> partial; ///< later than the base: all that has changed since

    /// The time up to which they make deltas unnecessary; none where there is no snapshot.
    std::optional<batch_time> covered() const {
      const auto& last = partial ? partial : base;
      return last ? std::optional{last->time} : std::nullopt;
    }

    friend bool operator==(const snapshot_entries&, const snapshot_entries&) = default;
  };

  /// The number of an operator, and a partition.
  struct state_key {
    std::uint32_t operator_number = 0;
    std::uint32_t partition = 0;

    friend auto operator<=>(const state_key&, const state_key&) = default;
  };

  struct state_entry {
    snapshot_entries snapshots;
    std::uint64_t first_delta = 0; ///< delta blobs are numbered; those first <= n < next are there
    std::uint64_t next_delta = 0;

    friend bool operator==(const state_entry&, const state_entry&) = default;
  };

  std::optional<commit_record> commit; ///< none before the first commit
  std::uint32_t next_operator = 0;
  std::map<std::string, operator_entry> operators;
  std::map<state_key, state_entry> states;

  friend bool operator==(const manifest&, const manifest&) = default;
};

/// The states that hold something, in no order that means anything.
std::vector<state_id> states_of(const manifest& m);

/// The manifest as bytes, as checkpoint.capnp has it. Requires a commit.
bytes encode(const manifest& m);

/// The manifest in `stored`: ec::checkpoint_mismatch if another version wrote it, ec::storage_failed if it is not a
/// manifest. The errors say what "it", the checkpoint, has.
expected<manifest> decode_manifest(bytes_view stored);

} // namespace sluice
