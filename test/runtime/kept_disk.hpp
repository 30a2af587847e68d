// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/errors.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/log/block_log.hpp>
#include <sluice/state/log/checkpoint_source.hpp>
#include <sluice/state/store/memory_store.hpp>
#include <sluice/testkit/fault_store.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace sluice::test {

/// A checkpoint and a write-ahead log in memory, of which a write can fail, or be the last one of a process.
class kept_disk {
public:
  using plan = testkit::fault_plan;

  /// What is to happen to whoever opens the disk next.
  void arm(plan what) { armed_ = what; }

  /// As a process, or an epoch of it, finds it that starts now. Refused while somebody uses what was opened before.
  expected<kept_run> open() {
    if (!opened_.expired())
      return make_error(ec::storage_failed, "the checkpoint is still in use");
    faults_ = std::make_shared<plan>(std::exchange(armed_, {}));
    const auto result = std::make_shared<opening>(*this, faults_);
    auto log = checkpoint_log::open(result->log, result->snapshots);
    if (!log)
      return std::move(log.error());
    result->checkpoint.emplace(std::move(*log));
    auto blocks = block_log::open(result->blocks);
    if (!blocks)
      return std::move(blocks.error());
    result->block_log.emplace(std::move(*blocks));
    opened_ = result;
    return kept_run{{result, &*result->checkpoint}, {result, &*result->block_log}};
  }

  /// Whether the planned write of whoever opened it last has been tried; and whether nothing works since.
  bool has_failed() const { return faults_->fail_at != 0 && faults_->writes >= faults_->fail_at; }
  bool is_down() const { return faults_->down; }

  std::size_t writes() const { return faults_->writes; }

  /// The process is dead: it writes nothing any more.
  void unplug() { faults_->down = true; }

  /// Whether no batch has been committed yet, and it is of none on disk what it has got.
  bool knows_no_batch() {
    const auto blocks = block_log::open(blocks_);
    const auto checkpoint = checkpoint_log::open(log_, snapshots_);
    return blocks && checkpoint && blocks->pending().empty() && !blocks->released()
           && !checkpoint->summary().last_commit;
  }

private:
  /// What a process has of it.
  struct opening {
    opening(kept_disk& on, std::shared_ptr<plan> what)
        : faults{std::move(what)}, log{"log", on.log_, *faults}, snapshots{"snapshots", on.snapshots_, *faults},
          blocks{"blocks", on.blocks_, *faults} {}

    std::shared_ptr<plan> faults;
    testkit::fault_store log;
    testkit::fault_store snapshots;
    testkit::fault_store blocks;
    std::optional<checkpoint_log> checkpoint;
    std::optional<sluice::block_log> block_log;
  };

  memory_store log_;
  memory_store snapshots_;
  memory_store blocks_;
  plan armed_;
  std::shared_ptr<plan> faults_ = std::make_shared<plan>(); ///< of what was opened last
  std::weak_ptr<opening> opened_;
};

} // namespace sluice::test
