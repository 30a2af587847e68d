// SPDX-License-Identifier: BSD-3-Clause
//
// A checkpoint has two stores, and a backup that is restored by half, or put together from two, must not be taken for a
// new checkpoint or a good one. So both stores say which checkpoint they belong to, and as what.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/store/keyed_store.hpp>

namespace sluice {

/// Tells one checkpoint from all others.
using checkpoint_identity = std::array<std::byte, 16>;

/// One that nobody has had.
checkpoint_identity new_identity();

/// Makes sure that `log` and `snapshots` are the two stores of one checkpoint. Two empty stores become those of a new
/// one, called `fresh`; anything else that does not fit is an error that says what is there and what is not, and
/// nothing is written.
error join_stores(keyed_store& log, keyed_store& snapshots, const checkpoint_identity& fresh);

/// Whether there are no entries in `store` but what says to which checkpoint it belongs.
expected<bool> holds_nothing(const keyed_store& store);

/// ec::storage_failed: the checkpoint in `dir` has `there`, and not `missing`.
error half_a_checkpoint(const std::filesystem::path& dir, const std::string& there, const std::string& missing);

} // namespace sluice
