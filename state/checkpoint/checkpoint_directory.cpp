// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint/checkpoint_directory.hpp>

namespace sluice {

expected<std::unique_ptr<checkpoint_directory>> checkpoint_directory::open(const std::filesystem::path& dir,
                                                                           const lmdb_options& options,
                                                                           std::optional<batch_time> at) {
  // Before anything is created: the log always comes first, so snapshots alone are what is left of a checkpoint.
  const auto had_snapshots = is_there(dir / "snapshots");
  if (had_snapshots && !is_there(dir / "log"))
    return half_a_checkpoint(dir, "snapshots", "log");
  auto log_store = lmdb_store::open(dir / "log", options);
  if (!log_store)
    return log_store.error();
  const auto no_commit = holds_nothing(**log_store);
  if (!no_commit)
    return no_commit.error();
  if (!*no_commit && !had_snapshots)
    return half_a_checkpoint(dir, "log", "snapshots");
  auto snapshot_store = lmdb_store::open(dir / "snapshots", options);
  if (!snapshot_store)
    return snapshot_store.error();
  auto log = checkpoint_log::open(**log_store, **snapshot_store, new_identity(), at);
  if (!log)
    return log.error();
  return std::unique_ptr<checkpoint_directory>{
      new checkpoint_directory{std::move(*log_store), std::move(*snapshot_store), std::move(*log)}};
}

} // namespace sluice
