// SPDX-License-Identifier: BSD-3-Clause
//
// Group commit: a sync of the disk takes as long for many changes as for one. So while one group is written, all that
// comes waits, and makes the next group.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/state/log/log_records.hpp>

namespace sluice {

/// What waits to be written to a log, in the order of its arrival, and the next group to write. Plain logic: it neither
/// writes nor waits, and calls no callback.
///
/// Blocks and allocations keep their order, so an allocation is never written before a block that came before it. A
/// release needs no sync of its own. It goes with the next group, or by itself after the next `tick`, and may overtake
/// anything except allocations up to its time.
///
/// When a group has no room, `next` has nothing until the next `tick`. Then releases go first, since they make room,
/// and after that one block or allocation at a time, until one has room.
class log_queue {
public:
  /// Is told when a change is durable, or why it cannot be.
  using callback = std::function<void(const error&)>;

  /// Fewer bytes make more syncs, more bytes make longer ones: the throughput is the same from 1 to 4 MiB on.
  static constexpr std::size_t usual_group_bytes = std::size_t{4} << 20;

  /// @param group_bytes a group takes no more than these, if it has more than one block or allocation
  explicit log_queue(std::size_t group_bytes = usual_group_bytes) : group_bytes_{group_bytes} {}

  void append(logged_block block, callback done);
  void allocate(allocation what, callback done);

  /// All batches up to `until` are committed.
  void release(batch_time until, callback done);

  /// Lets a release go by itself, and a group that had no room try again.
  void tick() { due_ = due_ || stalled_ || waiting_.until; }

  /// The next group to write, if there is one now. It is in hand until one of the three that follow. Requires that no
  /// group is in hand.
  std::optional<log_group> next();

  /// Whether `next` would have one, or a group is in hand.
  bool has_work() const;

  /// The group in hand is durable. Returns whom to tell, in order.
  std::vector<callback> written();

  /// Nothing of the group in hand was written, because there is no room.
  void had_no_room();

  /// Nothing more will be written. Forgets everything, and returns whom to tell, in order.
  std::vector<callback> fail();

  /// Whether there was no room the last time.
  bool is_stalled() const { return stalled_; }

  /// The bytes of all that is not written.
  std::size_t waiting_bytes() const { return waiting_bytes_; }

private:
  struct entry {
    std::variant<logged_block, allocation> what;
    callback done;
    std::size_t bytes;
  };

  /// Batches up to a time, and whom to tell.
  struct releases {
    std::optional<batch_time> until;
    std::vector<callback> done;

    void add(releases more);
  };

  void add(entry x);
  bool may_release(std::size_t taken) const;
  void fill(log_group& group);

  std::size_t group_bytes_;
  std::deque<entry> entries_; ///< those in hand first
  releases waiting_;
  releases in_hand_;
  std::size_t taken_ = 0; ///< entries in hand
  bool busy_ = false;     ///< a group is in hand
  bool due_ = false;      ///< a tick has come since the last group, for which something waited
  bool stalled_ = false;
  std::size_t waiting_bytes_ = 0;
};

} // namespace sluice
