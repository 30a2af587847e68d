// SPDX-License-Identifier: BSD-3-Clause
//
// A checkpoint has two stores, and a third one where there is a write-ahead log. If a part of it is restored, or parts
// of two, the result must not pass for a new checkpoint or a good one. So each store records its checkpoint and its
// role.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/store/keyed_store.hpp>

namespace sluice {

/// Tells one checkpoint from all others.
using checkpoint_identity = std::array<std::byte, 16>;

/// A new one, never used before.
checkpoint_identity new_identity();

/// Makes sure that `log` and `snapshots` are the two stores of one checkpoint. Two empty stores become a new
/// checkpoint, called `fresh`. Anything else that does not fit is an error that says what is there and what is missing,
/// and nothing is written.
error join_stores(keyed_store& log, keyed_store& snapshots, const checkpoint_identity& fresh);

/// Whether the checkpoint of `log` has blocks: a write-ahead log.
expected<bool> has_blocks(const keyed_store& log);

/// Makes sure that `blocks` belongs to the checkpoint of `log`, which has been joined with its snapshots. Where the
/// checkpoint has no blocks, and `blocks` is empty, it has them from now on. Anything else that does not fit is an
/// error, and nothing is written.
error join_blocks(keyed_store& log, keyed_store& blocks);

/// Whether `store` has no entries except its label.
expected<bool> holds_nothing(const keyed_store& store);

/// ec::storage_failed: the checkpoint in `dir` has `there`, and not `missing`.
error half_a_checkpoint(const std::filesystem::path& dir, const std::string& there, const std::string& missing);

/// ec::storage_failed: the checkpoint in `dir` has lost `missing`.
error part_missing(const std::filesystem::path& dir, const std::string& missing);

/// Whether there is a store at `path`, or something else in its place.
bool is_there(const std::filesystem::path& path);

} // namespace sluice
