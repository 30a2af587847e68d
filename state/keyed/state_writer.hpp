// SPDX-License-Identifier: BSD-3-Clause
//
// How a keyed state is written. The cost of a batch depends on its changes, not on the number of keys, and recovery
// reads at most a few times the state. A batch writes a delta. When the deltas have outgrown their content, a snapshot
// replaces them. It is a partial one, of all keys that changed since the base, as long as these are less than half of
// the keys; otherwise it is a new base, of all keys. Neither costs more than one write for each change before it. There
// is also a base whenever the user wants one. See docs/decisions/0010-tiered-snapshots.md.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/state/keyed/kept_state.hpp>

namespace sluice::detail {

/// How many keys a snapshot of a state would hold.
struct state_extent {
  std::size_t all;     ///< keys with a state: those of a base
  std::size_t changed; ///< keys that changed since the last base, also those without a state now: of a partial snapshot
};

/// Writes the changes of batches in a keyed state: each as a delta (key, new value or none), or a snapshot in its
/// place. The owner of the states knows which keys changed since the last base. Writes nothing if nothing is kept.
template <record K, record S>
class state_writer {
public:
  using state = S;
  using change = std::pair<K, std::optional<S>>;

  explicit state_writer(kept_state of) : of_{std::move(of)} {}

  /// Whether anything is written, and changes need to be remembered.
  bool is_kept() const { return of_.is_kept(); }

  /// Recovery has read a piece with so many changes: they are still stored.
  void add_restored(change_kind kind, std::size_t changes) {
    if (kind == change_kind::delta)
      since_snapshot_ += changes;
    else
      has_base_ = true;
  }

  void add(const change& x) {
    if (!is_kept())
      return;
    ++since_snapshot_;
    append(x);
  }

  /// Recovery is to find a piece of this state, even an empty one, also after later batches.
  void leave_a_trace() { needs_piece_ = true; }

  /// Forgets the additions since the last `finish`; the next one writes a snapshot.
  void start_over() { since_snapshot_ = std::numeric_limits<std::size_t>::max() / 2; }

  /// Ends batch `t`. The ranges of `change` are the content of snapshots after it: `all` of a base, and `changed` of a
  /// partial one. Adds the pieces to store to `to`, and returns their kind: after a base no key has changed.
  template <class All, class Changed>
  change_kind finish(batch_time t, std::vector<state_update>& to, const state_extent& n, All&& all, Changed&& changed) {
    if (!is_kept())
      return change_kind::delta;
    const auto kind = due(t, n);
    if (kind == change_kind::base)
      rewrite(all);
    else if (kind == change_kind::partial)
      rewrite(changed);
    if (writer_.count() != 0 || (needs_piece_ && blobs_.empty()))
      blobs_.push_back(writer_.freeze());
    needs_piece_ = false;
    to.push_back({of_.id(), t, kind, std::exchange(blobs_, {})});
    return kind;
  }

private:
  static constexpr std::size_t least_changes = 10'000;
  static constexpr std::size_t blob_bytes = std::size_t{1} << 20;

  change_kind due(batch_time t, const state_extent& n) const {
    if (of_.base_is_wanted(t) && since_snapshot_ + n.changed != 0)
      return change_kind::base;
    // The first base comes early: the sooner keys that will be idle are in it, the less is changed since.
    if (!has_base_)
      return since_snapshot_ > least_changes ? change_kind::base : change_kind::delta;
    if (since_snapshot_ <= least_changes + 2 * std::min(n.all, n.changed))
      return change_kind::delta;
    return 2 * n.changed < n.all ? change_kind::partial : change_kind::base;
  }

  template <class Changes>
  void rewrite(Changes& changes) {
    writer_.clear();
    blobs_.clear();
    for (const auto& x : changes)
      append(x);
    since_snapshot_ = 0;
    has_base_ = true;
    needs_piece_ = true; // of an empty state, where there were pieces before
  }

  void append(const change& x) {
    writer_.append(x);
    if (writer_.size() >= blob_bytes)
      blobs_.push_back(writer_.freeze());
  }

  kept_state of_;
  batch_writer<change> writer_;
  std::vector<batch> blobs_;
  std::size_t since_snapshot_ = 0; ///< changes in deltas that are stored
  bool has_base_ = false;
  bool needs_piece_ = false;
};

} // namespace sluice::detail
