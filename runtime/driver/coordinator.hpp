// SPDX-License-Identifier: BSD-3-Clause
//
// The batch clock and the order of commits, as plain logic. Batches are cut on the grid of the clock of the run, in
// order, without a gap: after a pause the missed ones are cut one after another. A few may be in flight; with more, the
// grid waits. When all outputs of a batch have run and its state is kept, the batch is committed, in order, and its
// bytes are released.
//
// Where inputs can give the same again, the outputs of a batch wait at its gate until it is durable what each input
// gave to it. Then the batches that an earlier run has cut and not committed come first, at their times and with their
// content, and the grid goes on after them.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/runtime/driver/sync_schedule.hpp>

namespace sluice {

/// The effects of a step of the coordinator.
struct coordinator_effects {
  struct commit {
    batch_time time;
    batch_time previous; ///< the batch before it; 0 if it is the first of all
    bool sync = true;    ///< false: may share the fsync of a later batch
  };

  std::vector<batch_time> cuts;     ///< ask every batch generator to cut these
  std::vector<batch_time> keeps;    ///< all inputs have given their share of these: ask the log to keep that
  std::vector<batch_time> gates;    ///< the outputs of these may run
  std::vector<commit> commits;      ///< ask the store to commit these
  std::vector<batch_time> releases; ///< these are committed: tell the batch generators
  bool drain = false;               ///< ask every batch generator to stop receiving
  bool finished = false;            ///< the last batch is committed: stop everything
};

class coordinator {
public:
  struct options {
    duration interval{1000};
    std::size_t max_in_flight = 4;
    std::uint32_t sync_every = 1; ///< batches that share one fsync
    std::set<stream_id> inputs;
    bool is_gated = false;             ///< outputs wait for what the inputs gave to be durable
    std::deque<batch_time> again = {}; ///< cut by an earlier run and not committed, in order; only with a gate
    bool replays_downtime = false;     ///< a run that goes on leaves no batch out
  };

  explicit coordinator(options how) : options_{std::move(how)}, syncs_{options_.sync_every} {}

  /// Begins, after the batches that run again, at the first grid point after `now`, and after `last` where a checkpoint
  /// is continued; if it replays the downtime, at the first one after `last`. Returns that point.
  batch_time start(std::chrono::microseconds now, std::optional<batch_time> last);

  /// The clock has moved (or a batch in flight has gone).
  void tick(std::chrono::microseconds now);

  /// When `tick` should be called next; none while the grid waits for batches in flight.
  std::optional<std::chrono::microseconds> next_tick() const;

  /// An input has said what it gave to `t`. Once from each input for each batch, if there is a gate.
  void shared(batch_time t);
  /// It is durable what the inputs gave to `t`.
  void kept(batch_time t);

  void outputs_done(batch_time t);
  void committed(batch_time t);

  /// Stop after everything received has been processed.
  void stop();
  void drained(stream_id input);

  /// The next batch on the grid.
  batch_time next() const { return next_; }

  std::uint64_t batches_begun() const { return in_flight_.size() + committed_; }
  std::uint64_t batches_committed() const { return committed_; }

  /// Batches that have been cut and are not committed.
  std::size_t batches_left() const { return in_flight_.size(); }

  coordinator_effects take_effects() { return std::exchange(effects_, {}); }

private:
  enum class phase { running, draining, last_batch, finished };

  void cut_next();
  void cut_last_if_drained();
  bool is_last(batch_time t) const;
  bool must_wait(std::chrono::microseconds now) const;
  batch_time due() const { return options_.again.empty() ? next_ : options_.again.front(); }

  options options_;
  sync_schedule syncs_;
  phase phase_ = phase::running;
  batch_time next_;
  batch_time last_again_;                        ///< batches up to this one run again
  batch_time previous_;                          ///< the batch whose commit was asked for last
  std::map<batch_time, std::size_t> not_shared_; ///< how many inputs have not said what they gave
  std::set<batch_time> in_flight_;               ///< cut and not committed
  std::set<batch_time> running_;                 ///< of these, those whose outputs have not run
  std::set<batch_time> done_;                    ///< those that wait for an earlier one to be done
  std::set<stream_id> receiving_;
  std::uint64_t committed_ = 0;
  coordinator_effects effects_;
};

} // namespace sluice
