// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/log/block_table.hpp>
#include <sluice/state/log/log_records.hpp>
#include <sluice/state/store/keyed_store.hpp>

namespace sluice {

/// Reads blocks of one input, one per call, so that little is in memory at once. Made by `block_log::blocks`; of no use
/// after a release of what it reads. The log must outlive it.
class block_reader {
public:
  block_reader(const keyed_store& store, std::uint32_t input, block_number first, block_number end)
      : store_{&store}, input_{input}, next_{first}, end_{end} {}

  /// The next block, or nothing after the last. Damaged and missing blocks are errors.
  expected<std::optional<batch>> next();

private:
  const keyed_store* store_;
  std::uint32_t input_;
  block_number next_;
  block_number end_;
};

/// The write-ahead log of a node: blocks that receivers have received, and what each batch that is not committed has
/// got of each input.
///
///     auto log = block_log::open(store);
///     log->write({.blocks = {{"lines", log->next_block("lines"), records}}});
///
/// One transaction makes a write. So whenever the program dies, all of a write is found, or nothing.
///
/// Has one owner, like the store. A write that failed may have happened or not, so it closes the log: everything is
/// refused until it is opened again. A write for which there was no room has not happened, and leaves the log open.
class block_log {
public:
  /// Reads `store`, which must outlive this object; an empty one is an empty log. ec::checkpoint_mismatch if another
  /// version of Sluice wrote it, ec::checksum_mismatch or ec::storage_failed if it is damaged.
  static expected<block_log> open(keyed_store& store);

  /// The allocations that are not released. A program that starts releases those up to its last commit first; the
  /// others are batches to run again, in order of time.
  const std::map<batch_time, allocation>& pending() const { return pending_; }

  /// The inputs that the log has ever known, also those that the program has no more. What nobody releases stays.
  std::map<std::string, block_counts> inputs() const;

  /// The blocks of `input`. Those from `allocated` on were received, and no batch has got them.
  block_counts counts(std::string_view input) const;

  /// The number of the next block of `input`; 1 for a new one.
  block_number next_block(std::string_view input) const { return counts(input).next; }

  /// Up to this batch what they got is gone. If it is after the last commit, the state is older than the log: it comes
  /// from another backup.
  std::optional<batch_time> released() const { return table_.released; }

  /// These three, for others.
  log_summary summary() const { return {pending_, inputs(), released()}; }

  /// Reads the blocks first <= number < end of `input`. ec::invalid_argument if the log does not hold all of them.
  expected<block_reader> blocks(std::string_view input, block_number first, block_number end) const;

  /// Makes `group` durable: first the blocks, then the allocations, then the release, which frees what the allocations
  /// up to its time got in the log, and those allocations. The numbers of blocks go on after the last one. The times of
  /// allocations ascend, and a share in the log begins where the one before ended. Anything else is
  /// ec::invalid_argument, and nothing is written.
  write_result write(const log_group& group);

  /// Makes it durable that the blocks of `input` from number `from` on which no batch has got are gone. Their numbers
  /// are given again.
  write_result forget(const std::string& input, block_number from);

  /// Where the log is, for messages.
  std::filesystem::path place() const { return store_->place(); }

private:
  struct draft;

  explicit block_log(keyed_store& store) : store_{&store} {}

  error read_table();
  error read_allocations();
  error append(const logged_block& block, draft& next) const;
  error allocate(const allocation& what, draft& next) const;
  void release(batch_time until, draft& next) const;
  write_result apply(draft next);

  keyed_store* store_;
  block_table table_;
  std::map<batch_time, allocation> pending_;
  error closed_; ///< the answer to every call since a write failed
};

} // namespace sluice
