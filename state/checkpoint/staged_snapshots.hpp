// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <span>

#include <sluice/actors/base/errors.hpp>
#include <sluice/state/checkpoint/checkpoint.hpp>
#include <sluice/state/checkpoint/manifest.hpp>
#include <sluice/state/checkpoint/versions.hpp>
#include <sluice/state/store/keyed_store.hpp>

namespace sluice {

/// Writes snapshots into a store. They mean nothing until a manifest refers to them. Erases those that no manifest
/// refers to. A part of the checkpoint log.
class staged_snapshots {
public:
  using entries = std::map<manifest::state_key, manifest::snapshot_entries>;

  struct snapshot {
    manifest::state_key key;
    change_kind kind; ///< no delta
    batch_time time;
    std::span<const bytes_view> blobs;
  };

  explicit staged_snapshots(keyed_store& store) : store_{&store} {}

  /// Puts `snapshots` on disk, each in place of the staged ones of its state; a partial one leaves the base. Requires
  /// that no manifest refers to a snapshot of the same state, kind and time.
  error write(std::span<const snapshot> snapshots);

  /// The staged snapshots: durable, and not yet referred to.
  const entries& staged() const { return staged_; }

  /// The staged snapshots of a state up to a time.
  static manifest::snapshot_entries until(batch_time time, const manifest::snapshot_entries& staged);

  /// Forgets all staged snapshots, or those of one operator, or those up to a time.
  void discard() { staged_.clear(); }
  void discard_operator(std::uint32_t operator_number);
  void discard_until(batch_time time);

  /// Erases all snapshots that are neither staged nor in one of `versions`, which must be all that are on disk.
  error erase_unreferenced(std::span<const checkpoint_version> versions);

private:
  void forget(manifest::state_key key, change_kind kind);

  keyed_store* store_;
  entries staged_;
};

} // namespace sluice
