// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/store/lmdb_environment.hpp>

namespace sluice {

/// Copies the last commit of `from` into a new checkpoint in `dir`, which then is a whole one of its own, and can be
/// moved. Returns the batch of the commit. `dir` must be empty, or not there; it appears when all of the copy is on
/// disk, under a name beside it until then. An error leaves nothing behind.
///
/// May run on a thread of its own while the owner of `from` commits, if the owner holds `checkpoint_log::lock` for each
/// call: the copy takes the lock for one blob at a time.
///
///     if (const auto copied = write_savepoint(log, "/backup/monday"); !copied)
///       log_warning(describe(copied.error()));
expected<batch_time> write_savepoint(checkpoint_log& from, const std::filesystem::path& dir,
                                     const lmdb_options& options = {});

} // namespace sluice
