// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint/staged_snapshots.hpp>

#include <sluice/state/checkpoint/checkpoint_keys.hpp>

#include <utility>

namespace sluice {

namespace {

/// Bytes of snapshots in one transaction: LMDB holds them in memory until it ends.
constexpr std::size_t transaction_bytes = std::size_t{64} << 20;

std::string_view tag_of(change_kind kind) { return kind == change_kind::base ? base_tag : partial_tag; }

/// Where the blobs of a snapshot are: the first key, and the end.
std::pair<std::string, std::string> range_of(change_kind kind, manifest::state_key key,
                                             const manifest::snapshot_entry& x) {
  return {blob_key(tag_of(kind), key, x.time, 0), blob_key(tag_of(kind), key, x.time, x.blobs)};
}

} // namespace

error staged_snapshots::write(std::span<const snapshot> snapshots) {
  for (const auto& snapshot : snapshots)
    forget(snapshot.key, snapshot.kind);
  write_batch batch;
  for (const auto& [key, kind, time, blobs] : snapshots) {
    const auto tag = tag_of(kind);
    // An attempt before this one may have left more blobs of the same time.
    batch.erase_range(blob_key(tag, key, time, 0), blob_key(tag, key, time + duration{1}, 0));
    std::uint64_t index = 0;
    for (const auto blob : blobs) {
      batch.put(blob_key(tag, key, time, index++), blob);
      if (batch.put_bytes() >= transaction_bytes)
        if (auto err = store_->apply(std::exchange(batch, {})))
          return err;
    }
  }
  if (auto err = store_->apply(batch))
    return err;
  for (const auto& [key, kind, time, blobs] : snapshots) {
    forget(key, kind);
    auto& staged = staged_[key];
    (kind == change_kind::base ? staged.base : staged.partial) = {time, blobs.size()};
  }
  return {};
}

void staged_snapshots::forget(manifest::state_key key, change_kind kind) {
  if (kind == change_kind::base)
    staged_.erase(key);
  else if (const auto found = staged_.find(key); found != staged_.end())
    found->second.partial.reset();
}

manifest::snapshot_entries staged_snapshots::until(batch_time time, const manifest::snapshot_entries& staged) {
  auto result = staged;
  for (auto* x : {&result.base, &result.partial})
    if (*x && (*x)->time > time)
      x->reset();
  return result;
}

void staged_snapshots::discard_operator(std::uint32_t operator_number) {
  std::erase_if(staged_, [operator_number](const auto& s) { return s.first.operator_number == operator_number; });
}

void staged_snapshots::discard_until(batch_time time) {
  for (auto& [key, staged] : staged_)
    for (auto* x : {&staged.base, &staged.partial})
      if (*x && (*x)->time <= time)
        x->reset();
  std::erase_if(staged_, [](const auto& s) { return !s.second.covered(); });
}

error staged_snapshots::erase_unreferenced(std::span<const checkpoint_version> versions) {
  // From the first key of what stays to its end: snapshots, and to which checkpoint they belong.
  std::map<std::string, std::string> kept{{std::string{identity_key}, std::string{identity_key} + '\0'}};
  const auto keep = [&kept](manifest::state_key key, const manifest::snapshot_entries& x) {
    if (x.base)
      kept.insert(range_of(change_kind::base, key, *x.base));
    if (x.partial)
      kept.insert(range_of(change_kind::partial, key, *x.partial));
  };
  for (const auto& version : versions)
    for (const auto& [key, entry] : version.states)
      keep(key, entry.snapshots);
  for (const auto& [key, snapshots] : staged_)
    keep(key, snapshots);
  // What lies between the ones that are kept goes; no entry need be read for that.
  write_batch batch;
  std::string from;
  for (const auto& [first, end] : kept) {
    batch.erase_range(std::move(from), first);
    from = end;
  }
  batch.erase_range(std::move(from), {});
  return store_->apply(batch);
}

} // namespace sluice
