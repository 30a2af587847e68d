// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/checkpoint/checkpoint.hpp>
#include <sluice/state/checkpoint/checkpoint_identity.hpp>
#include <sluice/state/checkpoint/manifest.hpp>
#include <sluice/state/checkpoint/staged_snapshots.hpp>
#include <sluice/state/checkpoint/state_reader.hpp>
#include <sluice/state/store/keyed_store.hpp>

namespace sluice {

/// The keyed state of all operators as of the last commit: for each state a base, a partial snapshot of what has
/// changed since, and the deltas after both.
///
/// One transaction on `log` makes a commit: the deltas, the end of the deltas that a snapshot replaces, and the
/// manifest. Snapshots are written to `snapshots` before, where nothing is seen until a commit refers to it, and what
/// no commit refers to any more is erased after. So whenever the program dies, what is found again is exactly the last
/// commit.
///
/// Has one owner, like the stores. A write that failed leaves open whether it happened (the disk may have failed after
/// the fact), so it closes the checkpoint: everything is refused from then on, as a commit that followed would be one
/// with a hole before it. What is on disk is found by opening it again.
class checkpoint_log {
public:
  /// Reads what `log` and `snapshots` hold, which must be the two of one checkpoint; empty ones become a new one that
  /// is called `fresh`. Erases nothing: what was never committed goes after the first commit. The stores must outlive
  /// this object.
  static expected<checkpoint_log> open(keyed_store& log, keyed_store& snapshots,
                                       const checkpoint_identity& fresh = new_identity());

  /// The last commit that succeeded; nothing in a new checkpoint.
  const std::optional<commit_record>& last_commit() const { return manifest_.commit; }

  /// The operators whose state is known, in order of name: those of the last commit and those declared since.
  std::vector<state_description> operators() const;

  /// These two, for others.
  checkpoint_summary summary() const { return {last_commit(), operators()}; }

  /// The states that hold something as of the last commit, in no order that means anything.
  std::vector<state_id> states() const;

  /// The time of the last committed snapshot of `id`, up to which no delta is kept; none where there is no snapshot.
  std::optional<batch_time> snapshot_time(const state_id& id) const;

  /// Says that a program has this state; needed before its first change. ec::checkpoint_mismatch where the checkpoint
  /// holds it with other partitions or another schema. Kept by the next commit.
  error declare(const state_description& description);

  /// Writes snapshots ahead of the commit that will cover them, to spread a large state over several calls. They may be
  /// of any time after the state's snapshots before; they are durable but invisible until a commit of their time or
  /// later. A base takes the place of all that was staged of its state before, a partial one that of a partial one.
  error stage(std::span<const state_change> snapshots);

  /// Forgets what was staged and not yet committed: for a program that goes back to the last commit.
  void discard_staged() { stage_.discard(); }

  /// Makes `record` the last commit, with `changes` and all staged snapshots up to its time. `record.time` and the
  /// times of deltas are after the last commit; deltas of one state come in order of time; a partial snapshot comes
  /// with or after a base. ec::invalid_argument if not. After an error nothing is staged any more, and whoever is to
  /// keep all changes must not commit later ones: see commit_sequence.
  error commit(const commit_record& record, std::span<const state_change> changes);

  /// Reads the blobs of the committed base of `id`, those of the partial snapshot, then those of the deltas after both
  /// in the order in which they were written. Nothing at all for a state that holds nothing.
  state_reader read(const state_id& id) const;

  /// Shows `visit` all of these. After an error (damaged or missing blobs are one) what was shown is to be thrown away.
  error load(const state_id& id, const state_reader::visitor& visit) const;

  /// Removes the operator and its state for good, at once. ec::invalid_argument if there is none of this name.
  error drop(const std::string& operator_name);

private:
  checkpoint_log(keyed_store& log, keyed_store& snapshots) : log_{&log}, snapshots_{&snapshots}, stage_{snapshots} {}

  error read_manifest();
  error written(error result);
  error try_commit(const commit_record& record, std::span<const state_change> changes);
  error write_log(write_batch& batch, manifest next);
  void erase_old_snapshots();
  error check(const state_change& change, batch_time until) const;
  error check_commit(const commit_record& record, std::span<const state_change> changes) const;
  error refer_to(manifest::state_key key, const manifest::snapshot_entries& snapshots, manifest::state_entry& entry,
                 write_batch& batch) const;
  manifest::state_key key_of(const state_id& id) const;
  const manifest::state_entry* find(manifest::state_key key) const;

  keyed_store* log_;
  const keyed_store* snapshots_;
  manifest manifest_; // of the last commit, plus operators declared since
  staged_snapshots stage_;
  error closed_;                   // what every call is answered since a write failed
  bool may_hold_leftovers_ = true; // snapshots that were staged by a program that died before their commit
};

} // namespace sluice
