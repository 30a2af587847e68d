// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/commit/update_collector.hpp>

namespace sluice {

/// The commits of one epoch of a program, as plain logic. Collects the changes of batches, and writes batch after batch
/// to the checkpoint, without a gap.
///
/// A checkpoint with the changes of a batch but without those of an earlier one would be wrong, and nothing would show
/// it. So a commit must be that of the batch after the last one committed. After the first commit that fails, for any
/// reason, all others are refused: those that wait and those still to come. The last good commit stands, and the next
/// epoch goes on from it.
class commit_sequence {
public:
  struct options {
    std::set<state_id> states; ///< declared in the log; each owes an update for every batch
    epoch life;
    duration interval{1000}; ///< between batches
    std::string description; ///< of the topology, stored with each commit
  };

  /// Called once: with the last batch that is durable, or with the reason why the commit did not happen.
  using answer = std::function<void(const expected<batch_time>&)>;

  /// The log must outlive this object.
  commit_sequence(checkpoint_log& log, options what);

  /// Files the changes of a batch in one state. Updates from another epoch are ignored, and so are repeated ones.
  void keep(const epoch& life, state_update update);

  /// Commits a batch as soon as all its updates are here. If `sync` is false (the coordinator decides, by
  /// runtime_options::checkpoint_interval), it may share the write of a later one: then it is answered at once and is
  /// not durable yet. The batch before it must be the one asked for last; for the first one, the last commit of the
  /// checkpoint. Otherwise, or if another epoch asks, fails with ec::invalid_argument and commits nothing; the commit
  /// that is due may still be asked for.
  void commit(const epoch& life, commit_request what, answer then);

private:
  struct waiting_commit {
    commit_request what;
    answer then;
  };

  error refusal(const epoch& life, const commit_request& what) const;
  void commit_ready();
  error write(commit_request& what);
  void fail(batch_time t, const error& why);

  checkpoint_log* log_;
  options options_;
  update_collector updates_;
  std::deque<waiting_commit> waiting_;
  batch_time durable_;
  std::optional<batch_time> asked_; ///< the last batch of this epoch for which a commit was asked
  std::optional<batch_time> zero_;  ///< see commit_record
  std::uint64_t unsynced_ = 0;      ///< batches that wait for the write of a later one
  error failed_;                    ///< the answer to every commit since the first one failed
};

} // namespace sluice
