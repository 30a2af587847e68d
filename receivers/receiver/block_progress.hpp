// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

/// What a receiver is told about the records that it has marked: of each kind the newest mark.
struct receiver_news {
  std::optional<std::string> durable;   ///< all up to this mark is in the log
  error log_error;                      ///< the log cannot take what follows
  std::optional<std::string> committed; ///< all up to this mark belongs to committed batches

  explicit operator bool() const { return durable || log_error || committed; }
};

/// The error of those who wait for the log when their receiver stops.
error stopped_while_waiting();

/// The fate of the blocks that a receiver has handed on: how many are in the log, and how many belong to committed
/// batches. Blocks are counted from 1, over all restarts of the receiver. Threads wait here for the log. A mark is a
/// tag on a block; of the marks on one block the last one counts, so there is at most one for each block in flight.
/// Thread safe.
class block_progress {
public:
  /// Whether the input has a log. Without one nothing is ever durable before it is committed.
  void set_logged(bool is_logged);
  bool is_logged() const;

  /// Why nothing can be stored durably at present; no error if it can.
  error refusal() const;

  /// How often the receiver has been interrupted.
  std::uint64_t interruptions() const;

  /// Returns when this block is in the log, or when `fail` or `interrupt` says that nobody knows whether it will be.
  /// `since`: the interruptions before the block was stored: the next one counts even if it is over already.
  error wait(std::uint64_t block, std::uint64_t since);

  /// Puts a tag on a block that has been handed on; 0 stands for the time before the first one. Never on an earlier
  /// block than the last mark. Returns whether that block is durable or committed already, so that there are news.
  bool mark(std::uint64_t block, std::string tag);

  /// All blocks up to that one are in the log, which takes more.
  void durable(std::uint64_t block);

  /// The log cannot take the blocks that are not durable yet. Holds until something becomes durable again.
  void fail(error why);

  /// All blocks up to that one are committed. Then they are as safe as those in the log.
  void committed(std::uint64_t block);

  /// The receiver stops, for now or for good: nobody waits until `resume`.
  void interrupt();
  void resume();

  /// What has not been taken yet.
  receiver_news take_news();

  /// Whether a mark waits for its commit.
  bool has_marks() const;

private:
  struct tagged_block {
    std::uint64_t number;
    std::string tag;
  };

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_logged_ = false;
  bool is_interrupted_ = false;
  std::uint64_t interruptions_ = 0;
  std::uint64_t durable_ = 0;
  std::uint64_t committed_ = 0;
  error failure_; ///< of the log, while it lasts
  error untold_;  ///< the same, until the receiver has been told
  std::deque<tagged_block> marks_;
  std::size_t told_durable_ = 0; ///< that many of the first marks
};

} // namespace sluice
