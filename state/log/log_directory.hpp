// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/checkpoint/checkpoint_directory.hpp>
#include <sluice/state/log/block_log.hpp>
#include <sluice/state/store/lmdb_store.hpp>

namespace sluice {

/// How much a log may hold: received records that no committed batch has got yet, and half as much again for pages that
/// come free. The map is so large that it hardly ever grows; it takes no room on the disk.
inline lmdb_options log_map(std::size_t quota = std::size_t{64} << 30) {
  return {.initial_map = std::size_t{1} << 30,
          .quota = quota,
          .quota_advice = "raise the quota of the log, or let batches be committed faster"};
}

/// A write-ahead log on disk: the LMDB environment `blocks` in the directory of a checkpoint.
class log_directory {
public:
  /// Opens the log of `checkpoint`, or creates it for a checkpoint that has none. A log that is missing, or belongs to
  /// another checkpoint, is an error that says so. Afterwards neither needs the other.
  static expected<std::unique_ptr<log_directory>> open(checkpoint_directory& checkpoint,
                                                       const lmdb_options& options = log_map());

  block_log& log() { return log_; }

private:
  log_directory(std::unique_ptr<lmdb_store> store, block_log log) : store_{std::move(store)}, log_{std::move(log)} {}

  std::unique_ptr<lmdb_store> store_;
  block_log log_;
};

/// The log of `directory`, which lives as long as this is kept: for a log_writer.
inline std::shared_ptr<block_log> share_log(std::unique_ptr<log_directory> directory) {
  const std::shared_ptr<log_directory> owner{std::move(directory)};
  return {owner, &owner->log()};
}

} // namespace sluice
