// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/log/log_directory.hpp>

#include <sluice/state/checkpoint/checkpoint_identity.hpp>

namespace sluice {

expected<std::unique_ptr<log_directory>> log_directory::open(checkpoint_directory& checkpoint,
                                                             const lmdb_options& options) {
  // Before anything is created.
  const auto had_blocks = checkpoint.has_blocks();
  if (!had_blocks)
    return had_blocks.error();
  const auto dir = checkpoint.path() / "blocks";
  if (*had_blocks && !is_there(dir))
    return part_missing(checkpoint.path(), "blocks");
  auto store = lmdb_store::open(dir, options);
  if (!store)
    return store.error();
  if (auto err = checkpoint.join_blocks(**store))
    return err;
  auto log = block_log::open(**store);
  if (!log)
    return log.error();
  return std::unique_ptr<log_directory>{new log_directory{std::move(*store), std::move(*log)}};
}

} // namespace sluice
