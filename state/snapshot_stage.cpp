// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/snapshot_stage.hpp>

#include <sluice/state/checkpoint_keys.hpp>

#include <utility>

namespace sluice {

namespace {

/// Bytes of snapshots in one transaction: LMDB holds them in memory until it ends.
constexpr std::size_t transaction_bytes = std::size_t{64} << 20;

} // namespace

caf::error snapshot_stage::write(std::span<const snapshot> snapshots) {
  for (const auto& snapshot : snapshots)
    staged_.erase(snapshot.key);
  write_batch batch;
  for (const auto& [key, time, blobs] : snapshots) {
    // An attempt before this one may have left more blobs of the same time.
    batch.erase_range(blob_key(snapshot_tag, key, time, 0), blob_key(snapshot_tag, key, time + duration{1}, 0));
    std::uint64_t index = 0;
    for (const auto blob : blobs) {
      batch.put(blob_key(snapshot_tag, key, time, index++), blob);
      if (batch.put_bytes() >= transaction_bytes)
        if (auto err = store_->apply(std::exchange(batch, {})))
          return err;
    }
  }
  if (auto err = store_->apply(batch))
    return err;
  for (const auto& snapshot : snapshots)
    staged_[snapshot.key] = {snapshot.time, snapshot.blobs.size()};
  return caf::none;
}

void snapshot_stage::discard_operator(std::uint32_t operator_number) {
  std::erase_if(staged_, [operator_number](const auto& s) { return s.first.operator_number == operator_number; });
}

void snapshot_stage::discard_until(batch_time time) {
  std::erase_if(staged_, [time](const auto& s) { return s.second.time <= time; });
}

caf::error snapshot_stage::erase_unreferenced(const manifest& m) {
  std::map<std::pair<manifest::state_key, batch_time>, std::uint64_t> kept;
  for (const auto& [key, entry] : m.states)
    if (entry.snapshot)
      kept[{key, entry.snapshot->time}] = entry.snapshot->blobs;
  for (const auto& [key, snapshot] : staged_)
    kept[{key, snapshot.time}] = snapshot.blobs;
  // What lies between the ones that are kept goes; no entry need be read for that.
  write_batch batch;
  std::string from{snapshot_tag};
  for (const auto& [where, blobs] : kept) {
    batch.erase_range(std::move(from), blob_key(snapshot_tag, where.first, where.second, 0));
    from = blob_key(snapshot_tag, where.first, where.second, blobs);
  }
  batch.erase_range(std::move(from), {});
  return store_->apply(batch);
}

} // namespace sluice
