// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint_directory.hpp>

namespace sluice {

caf::expected<std::unique_ptr<checkpoint_directory>> checkpoint_directory::open(const std::filesystem::path& dir,
                                                                                const lmdb_options& options) {
  auto log_store = lmdb_store::open(dir / "log", options);
  if (!log_store)
    return log_store.error();
  auto snapshot_store = lmdb_store::open(dir / "snapshots", options);
  if (!snapshot_store)
    return snapshot_store.error();
  auto log = checkpoint_log::open(**log_store, **snapshot_store);
  if (!log)
    return log.error();
  return std::unique_ptr<checkpoint_directory>{
      new checkpoint_directory{std::move(*log_store), std::move(*snapshot_store), std::move(*log)}};
}

} // namespace sluice
