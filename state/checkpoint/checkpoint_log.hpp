// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/checkpoint/checkpoint.hpp>
#include <sluice/state/checkpoint/checkpoint_identity.hpp>
#include <sluice/state/checkpoint/commit_feed.hpp>
#include <sluice/state/checkpoint/manifest.hpp>
#include <sluice/state/checkpoint/staged_snapshots.hpp>
#include <sluice/state/checkpoint/state_reader.hpp>
#include <sluice/state/checkpoint/versions.hpp>
#include <sluice/state/store/keyed_store.hpp>

namespace sluice {

/// The keyed state of all operators as of the last commit: for each state a base, a partial snapshot of the changes
/// since, and the deltas after both.
///
/// One transaction on `log` makes a commit: the new deltas, the manifest, and the removal of versions that are not kept
/// any longer, with the deltas that only they need. Snapshots are written to `snapshots` before, and are invisible
/// until a commit refers to them. Snapshots that no version refers to any more are erased after. So whenever the
/// program dies, recovery finds exactly the last commit.
///
/// With versions before the last commit (`keep_versions`), it can be opened at one of them, and it falls back to one
/// where a later one is damaged. That is never silent, and always to a whole version. The later ones stay on disk until
/// something is written.
///
/// Has one owner, like the stores. A write that failed may have happened or not (the disk may have failed after the
/// fact), so it closes the checkpoint. Everything is refused from then on, because a later commit would follow a gap.
/// Open it again to find what is on disk.
class checkpoint_log {
public:
  /// Reads `log` and `snapshots`, which must be the two stores of one checkpoint; empty ones become a new one, called
  /// `fresh`. Erases nothing: uncommitted content goes after the first commit. The stores must outlive this object.
  ///
  /// Goes on from the last version, or the last one not after `at`, that is whole. A version is read to see whether it
  /// is whole only if there is another to fall back to. Logs what is passed over, and why. Where no version is whole,
  /// the error is that of the first one tried; ec::invalid_argument if there is none that old.
  static expected<checkpoint_log> open(keyed_store& log, keyed_store& snapshots,
                                       const checkpoint_identity& fresh = new_identity(),
                                       std::optional<batch_time> at = {});

  /// Which versions each commit from now on keeps; none but the last at first.
  void keep_versions(const kept_versions& how) { kept_ = how; }

  /// The times of the commits that the checkpoint can go back to, that of the last one at the end.
  std::vector<batch_time> versions() const;

  /// The last commit that succeeded, or the one that this was opened at; nothing in a new checkpoint.
  const std::optional<commit_record>& last_commit() const { return manifest_.commit; }

  /// Whether this was opened at an earlier commit than the newest one, and nothing has been committed since.
  bool went_back() const { return has_later_; }

  /// The operators whose state is known, in order of name: those of the last commit and those declared since.
  std::vector<state_description> operators() const;

  /// These two, for others.
  checkpoint_summary summary() const { return {last_commit(), operators()}; }

  /// The states that hold something as of the last commit, in no order that means anything.
  std::vector<state_id> states() const { return states_of(manifest_); }

  /// The time of the last committed snapshot of `id`, up to which no delta is kept; none where there is no snapshot.
  std::optional<batch_time> snapshot_time(const state_id& id) const;

  /// Declares a state of the program; needed before its first change. ec::checkpoint_mismatch if the checkpoint holds
  /// it with other partitions or another schema; a schema in `older` becomes that of the description. Kept by the next
  /// commit.
  error declare(const state_description& description, std::span<const std::string> older = {});

  /// Writes snapshots ahead of the commit that will cover them, to spread a large state over several calls. They may be
  /// of any time after the earlier snapshots of the state. They are durable but invisible until a commit of their time
  /// or later. A base replaces everything staged of its state before; a partial snapshot replaces a partial one.
  error stage(std::span<const state_change> snapshots);

  /// Forgets staged snapshots that are not committed: for a program that goes back to the last commit.
  void discard_staged() { stage_.discard(); }

  /// Makes `record` the last commit, with `changes` and all staged snapshots up to its time. `record.time` and the
  /// times of deltas are after the last commit; deltas of one state come in order of time; a partial snapshot comes
  /// with or after a base. Otherwise fails with ec::invalid_argument. After an error nothing is staged any more, and a
  /// caller that has to keep all changes must not commit later ones: see commit_sequence.
  error commit(const commit_record& record, std::span<const state_change> changes);

  /// Reads the blobs of the committed base of `id`, those of the partial snapshot, then those of the deltas after both
  /// in the order in which they were written. Nothing at all for a state that holds nothing.
  state_reader read(const state_id& id) const;

  /// Shows all of these to `visit`. After an error (damaged and missing blobs are errors), the caller must discard what
  /// it has seen.
  error load(const state_id& id, const state_reader::visitor& visit) const;

  /// Removes the operator and its state, for good with the next commit. ec::invalid_argument if there is none of this
  /// name.
  error drop(const std::string& operator_name);

  /// Gives the operator another name, for good with the next commit. ec::invalid_argument if there is none of this
  /// name, or one of the other.
  error rename(const std::string& operator_name, const std::string& to);

  /// Keeps the last commit, whose manifest is the result, so that it can be read while further ones come, until it is
  /// unpinned as often as it was pinned. ec::invalid_argument in a new checkpoint.
  expected<manifest> pin_last();
  void unpin(batch_time t);

  /// Reads a state of a pinned version as `read` does.
  state_reader read(const manifest& pinned, const state_id& id) const;

  /// What those who write the commits tell of them.
  commit_feed& feed() { return *feed_; }

  /// For whoever calls this from a thread of its own while the owner goes on: both hold this lock for each call. The
  /// owner alone need not.
  [[nodiscard]] std::unique_lock<std::mutex> lock() const { return std::unique_lock{*mutex_}; }

private:
  checkpoint_log(keyed_store& log, keyed_store& snapshots) : log_{&log}, snapshots_{&snapshots}, stage_{snapshots} {}

  error begin(std::vector<found_version> found, std::optional<batch_time> at);
  error verify(const manifest& m) const;
  error in_checkpoint(const error& why) const;
  error discard_later();
  error written(error result);
  error try_commit(const commit_record& record, std::span<const state_change> changes);
  void erase_old_snapshots();
  error check(const state_change& change, batch_time until) const;
  error check_commit(const commit_record& record, std::span<const state_change> changes) const;
  error refer_to(manifest::state_key key, const manifest::snapshot_entries& snapshots,
                 manifest::state_entry& entry) const;
  manifest::state_key key_of(const state_id& id) const;
  const manifest::state_entry* find(manifest::state_key key) const;

  keyed_store* log_;
  const keyed_store* snapshots_;
  manifest manifest_;                        // of the last commit, plus operators declared, dropped and renamed since
  std::vector<checkpoint_version> versions_; // on disk, oldest first, up to the last commit
  std::vector<std::string> unreadable_;      // the keys of older versions that go with the next commit
  bool has_later_ = false;                   // there are versions after the one that this was opened at
  kept_versions kept_{.count = 0};
  std::multiset<batch_time> pinned_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
  std::unique_ptr<commit_feed> feed_ = std::make_unique<commit_feed>();
  staged_snapshots stage_;
  error closed_;                   // the answer to every call since a write failed
  bool may_hold_leftovers_ = true; // snapshots that were staged by a program that died before their commit
};

} // namespace sluice
