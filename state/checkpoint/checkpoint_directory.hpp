// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/store/lmdb_store.hpp>

namespace sluice {

/// A checkpoint on disk: a directory with the LMDB environments `log` and `snapshots`, and `blocks` where there is a
/// write-ahead log.
class checkpoint_directory {
public:
  /// Opens the checkpoint in `dir` or creates it, and recovers the last commit, or the last one not after `at`: see
  /// `checkpoint_log::open`.
  static expected<std::unique_ptr<checkpoint_directory>>
  open(const std::filesystem::path& dir, const lmdb_options& options = {}, std::optional<batch_time> at = {});

  checkpoint_log& log() { return log_; }

  std::filesystem::path path() const { return log_store_->place().parent_path(); }

  /// Whether the checkpoint has blocks, also if they are lost: received records that wait for their batch to be
  /// committed.
  expected<bool> has_blocks() const { return sluice::has_blocks(*log_store_); }

  /// Makes `blocks` the third store of the checkpoint; see the function of that name.
  error join_blocks(keyed_store& blocks) { return sluice::join_blocks(*log_store_, blocks); }

private:
  checkpoint_directory(std::unique_ptr<lmdb_store> log_store, std::unique_ptr<lmdb_store> snapshot_store,
                       checkpoint_log log)
      : log_store_{std::move(log_store)}, snapshot_store_{std::move(snapshot_store)}, log_{std::move(log)} {}

  std::unique_ptr<lmdb_store> log_store_;
  std::unique_ptr<lmdb_store> snapshot_store_;
  checkpoint_log log_;
};

} // namespace sluice
