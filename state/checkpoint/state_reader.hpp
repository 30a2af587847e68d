// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/checkpoint/checkpoint.hpp>
#include <sluice/state/checkpoint/manifest.hpp>
#include <sluice/state/store/keyed_store.hpp>

namespace sluice {

/// Reads the committed blobs of one state in the order of replay, one per call. So a state of any size is read in small
/// steps and never held in memory as a whole. Made by `checkpoint_log::read`; of no use after the next commit, unless
/// the version that it reads is pinned.
class state_reader {
public:
  /// Takes one blob, whose bytes are good until it returns; an error ends the reading and is its result.
  using visitor = std::function<error(change_kind kind, batch_time time, bytes_view blob)>;

  /// Of a state that holds nothing.
  state_reader() = default;

  /// Of the blobs that `entry`, from the manifest of the commit of `until`, lists of the state `key`, called `id` in
  /// messages. The stores must outlive this object.
  state_reader(const keyed_store& log, const keyed_store& snapshots, const manifest::state_entry& entry,
               manifest::state_key key, batch_time until, state_id id);

  /// Shows the next blob to `visit`; false if there are no more. Damaged and missing blobs are errors; after one, the
  /// caller must discard what it has seen.
  expected<bool> next(const visitor& visit);

  /// How many blobs of the same kind come after the one that `next` has shown.
  std::uint64_t following() const { return ranges_.back().last - ranges_.back().next; }

  /// How many blobs there are.
  std::uint64_t blobs() const { return blobs_; }

private:
  /// Blobs that lie side by side, numbered from `next` up to `last`.
  struct range {
    const keyed_store* store;
    change_kind kind;
    std::string from; ///< not yet read from here on
    std::string end;
    std::uint64_t next;
    std::uint64_t last;
  };

  void add(range x);
  error finish(const range& x) const;
  error damaged(const std::string& what) const;

  state_id id_;
  std::vector<range> ranges_; // the next one last
  std::uint64_t blobs_ = 0;
};

} // namespace sluice
