// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/log/block_log.hpp>

namespace sluice {

/// What a run keeps.
struct kept_run {
  std::shared_ptr<checkpoint_log> checkpoint;
  std::shared_ptr<block_log> blocks = {}; ///< the write-ahead log of the checkpoint; null: it has none
};

/// Opens a checkpoint as of its last commit, and its write-ahead log; again after what it returned before is gone,
/// because both have one owner.
using checkpoint_source = std::function<expected<kept_run>()>;

struct checkpoint_opening {
  /// The last commit not after this batch instead, as long as nothing has been written after it.
  std::optional<batch_time> at = {};

  /// Gets the checkpoint each time, before the log is opened, and may refuse it.
  std::function<error(checkpoint_log&)> accept = {};

  bool makes_log = false; ///< where there is none
};

/// What is in a directory. Errors are those of checkpoint_directory::open, log_directory::open, and `accept`.
checkpoint_source checkpoint_in(std::filesystem::path directory, checkpoint_opening how = {});

/// A new checkpoint, in memory: it lasts as long as the function and its copies, and every commit of it until then.
checkpoint_source checkpoint_in_memory();

} // namespace sluice
