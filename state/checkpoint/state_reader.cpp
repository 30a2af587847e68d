// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint/state_reader.hpp>

#include <sluice/state/checkpoint/checkpoint_keys.hpp>

#include <utility>

namespace sluice {

state_reader::state_reader(const keyed_store& log, const keyed_store& snapshots, const manifest::state_entry& entry,
                           manifest::state_key key, batch_time until, state_id id)
    : id_{std::move(id)} {
  const auto snapshot = [&](change_kind kind, std::string_view tag, const manifest::snapshot_entry& x) {
    add({&snapshots, kind, blob_key(tag, key, x.time, 0), blob_key(tag, key, x.time + duration{1}, 0), 0, x.blobs});
  };
  // Other versions may have deltas before and after these.
  const auto covered = entry.snapshots.covered();
  add({&log, change_kind::delta, blob_key(delta_tag, key, covered ? *covered + duration{1} : batch_time{}, 0),
       blob_key(delta_tag, key, until + duration{1}, 0), entry.first_delta, entry.next_delta});
  if (const auto& x = entry.snapshots.partial)
    snapshot(change_kind::partial, partial_tag, *x);
  if (const auto& x = entry.snapshots.base)
    snapshot(change_kind::base, base_tag, *x);
}

void state_reader::add(range x) {
  blobs_ += x.last - x.next;
  ranges_.push_back(std::move(x));
}

expected<bool> state_reader::next(const visitor& visit) {
  while (!ranges_.empty() && ranges_.back().next == ranges_.back().last) {
    if (auto err = finish(ranges_.back()))
      return err;
    ranges_.pop_back();
  }
  if (ranges_.empty())
    return false;
  auto& at = ranges_.back();
  error stopped;
  std::string last_key;
  auto err = at.store->scan(at.from, at.end, [&](std::string_view key, bytes_view blob) {
    last_key = key;
    // Counting tells a blob that is missing, which no checksum can.
    const auto position = parse_blob_key(key);
    if (!position || position->index != at.next)
      stopped = damaged("misses blobs");
    else
      stopped = visit(at.kind, position->time, blob);
    return false;
  });
  if (!err)
    err = stopped;
  if (!err && last_key.empty())
    err = damaged("misses " + std::to_string(at.last - at.next) + " blobs");
  if (err)
    return err;
  at.from = last_key + '\0'; // the next key there can be
  ++at.next;
  return true;
}

/// There must not be more blobs than were counted.
error state_reader::finish(const range& x) const {
  bool more = false;
  auto err = x.store->scan(x.from, x.end, [&more](std::string_view, bytes_view) {
    more = true;
    return false;
  });
  return !err && more ? damaged("has blobs that nobody has counted") : err;
}

error state_reader::damaged(const std::string& what) const {
  return make_error(ec::storage_failed, "the checkpoint in '" + ranges_.back().store->place().parent_path().string()
                                            + "' is damaged: the state of " + to_string(id_) + " " + what
                                            + "; restore the whole checkpoint, or remove it to start over");
}

} // namespace sluice
