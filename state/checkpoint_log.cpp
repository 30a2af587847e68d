// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint_log.hpp>

#include <sluice/actors/log.hpp>
#include <sluice/state/checkpoint_keys.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice {

namespace {

/// Far enough from the end of the numbers that a millisecond can be added.
constexpr batch_time latest_time{std::numeric_limits<std::int64_t>::max() / 2};

caf::error damaged(const state_id& id, const std::string& what) {
  return make_error(ec::storage_failed, "the checkpoint is damaged: the state of " + to_string(id) + " " + what
                                            + "; restore the checkpoint, or drop this state");
}

} // namespace

caf::expected<checkpoint_log> checkpoint_log::open(keyed_store& log, keyed_store& snapshots) {
  checkpoint_log result{log, snapshots};
  if (auto err = result.read_manifest())
    return err;
  if (auto err = result.stage_.erase_unreferenced(result.manifest_))
    return err;
  return result;
}

caf::error checkpoint_log::read_manifest() {
  auto stored = log_->get(commit_key);
  if (!stored)
    return stored.error();
  if (*stored) {
    auto found = decode_manifest(**stored);
    if (!found)
      return found.error();
    // What was declared and not yet committed keeps its number, under which snapshots may already be staged.
    found->next_operator = std::max(found->next_operator, manifest_.next_operator);
    found->operators.merge(manifest_.operators);
    manifest_ = std::move(*found);
    return caf::none;
  }
  // A commit writes deltas and manifest together, so there cannot be the one without the other.
  bool empty = true;
  auto err = log_->scan({}, {}, [&empty](std::string_view, bytes_view) { return empty = false; });
  if (!err && !empty)
    err = make_error(ec::storage_failed, "the checkpoint is damaged: it holds state, but its commit record is missing; "
                                         "restore it, or remove the directory to start anew");
  return err;
}

caf::error checkpoint_log::refresh() {
  if (!uncertain_)
    return caf::none;
  auto err = read_manifest();
  uncertain_ = static_cast<bool>(err);
  return err;
}

std::vector<state_description> checkpoint_log::operators() const {
  std::vector<state_description> result;
  for (const auto& [name, op] : manifest_.operators)
    result.push_back({name, op.partitions, op.schema});
  return result;
}

std::vector<state_id> checkpoint_log::states() const {
  std::vector<state_id> result;
  for (const auto& [name, op] : manifest_.operators)
    for (auto i = manifest_.states.lower_bound({op.number, 0});
         i != manifest_.states.end() && i->first.operator_number == op.number; ++i)
      result.push_back({name, partition_id{i->first.partition}});
  return result;
}

std::optional<batch_time> checkpoint_log::snapshot_time(const state_id& id) const {
  const auto* entry = manifest_.operators.contains(id.operator_name) ? find(key_of(id)) : nullptr;
  return entry ? entry->snapshots.covered() : std::nullopt;
}

caf::error checkpoint_log::declare(const state_description& description) {
  if (auto err = refresh())
    return err;
  if (description.partitions == 0)
    return make_error(ec::invalid_argument, "the state of '" + description.operator_name + "' has no partitions");
  const auto [i, fresh] = manifest_.operators.try_emplace(description.operator_name);
  auto& op = i->second;
  if (fresh) {
    op = {manifest_.next_operator++, description.partitions, description.schema};
    return caf::none;
  }
  const auto refuse = [&description](const std::string& stored, const std::string& wanted) {
    return make_error(ec::checkpoint_mismatch, "the checkpoint holds the state of '" + description.operator_name
                                                   + "' with " + stored + ", the program has " + wanted
                                                   + "; run the program that wrote it, or drop this state");
  };
  if (op.partitions != description.partitions)
    return refuse(std::to_string(op.partitions) + " partitions", std::to_string(description.partitions));
  if (op.schema != description.schema)
    return refuse("the schema '" + op.schema + "'", "'" + description.schema + "'");
  return caf::none;
}

caf::error checkpoint_log::stage(std::span<const state_change> snapshots) {
  if (auto err = refresh())
    return err;
  std::vector<snapshot_stage::snapshot> checked;
  for (const auto& change : snapshots) {
    if (change.kind == change_kind::delta)
      return make_error(ec::invalid_argument, "only snapshots are staged");
    if (auto err = check(change, latest_time))
      return err;
    checked.push_back({key_of(change.id), change.kind, change.time, change.blobs});
  }
  return stage_.write(checked);
}

caf::error checkpoint_log::commit(const commit_record& record, std::span<const state_change> changes) {
  auto err = try_commit(record, changes);
  if (err)
    discard_staged();
  return err;
}

caf::error checkpoint_log::try_commit(const commit_record& record, std::span<const state_change> changes) {
  if (auto err = refresh())
    return err;
  if (auto err = check_commit(record, changes))
    return err;
  std::vector<snapshot_stage::snapshot> snapshots;
  for (const auto& change : changes)
    if (change.kind != change_kind::delta)
      snapshots.push_back({key_of(change.id), change.kind, change.time, change.blobs});
  if (!snapshots.empty())
    if (auto err = stage_.write(snapshots))
      return err;

  auto next = manifest_;
  next.commit = record;
  write_batch batch;
  bool covers_snapshots = false;
  for (const auto& [key, staged] : stage_.staged()) {
    const auto snapshots = snapshot_stage::until(record.time, staged);
    if (!snapshots.covered())
      continue;
    covers_snapshots = true;
    if (auto err = refer_to(key, snapshots, next.states[key], batch))
      return err;
  }
  for (const auto& change : changes) {
    const auto key = key_of(change.id);
    auto& entry = next.states[key];
    const auto covered = entry.snapshots.covered();
    if (change.kind == change_kind::delta && (!covered || change.time > *covered))
      for (const auto blob : change.blobs)
        batch.put(blob_key(delta_tag, key, change.time, entry.next_delta++), blob);
  }
  if (auto err = write_log(batch, std::move(next)))
    return err;
  if (covers_snapshots) {
    stage_.discard_until(record.time);
    erase_old_snapshots();
  }
  return caf::none;
}

caf::error checkpoint_log::refer_to(manifest::state_key key, const manifest::snapshot_entries& snapshots,
                                    manifest::state_entry& entry, write_batch& batch) const {
  if (snapshots.base)
    entry.snapshots = {snapshots.base, std::nullopt};
  if (!entry.snapshots.base)
    return make_error(ec::invalid_argument, "a partial snapshot comes without a base");
  if (snapshots.partial && snapshots.partial->time > entry.snapshots.base->time)
    entry.snapshots.partial = snapshots.partial;
  const auto first_kept = blob_key(delta_tag, key, *entry.snapshots.covered() + duration{1}, 0);
  entry.first_delta = entry.next_delta;
  batch.erase_range(blob_key(delta_tag, key, batch_time{}, 0), first_kept);
  return log_->scan(first_kept, end_of_state(delta_tag, key), [&entry](std::string_view found, bytes_view) {
    if (const auto position = parse_blob_key(found))
      entry.first_delta = position->index;
    return false;
  });
}

caf::error checkpoint_log::write_log(write_batch& batch, manifest next) {
  const auto stored = encode(next);
  batch.put(std::string{commit_key}, stored);
  if (auto err = log_->apply(batch)) {
    uncertain_ = true;
    // Tells at once which it is, if the disk lets it; else the next call tries again.
    static_cast<void>(refresh());
    return err;
  }
  manifest_ = std::move(next);
  return caf::none;
}

void checkpoint_log::erase_old_snapshots() {
  // The commit has happened whatever comes of this, and the next one with a snapshot, or the next start, tries again.
  if (auto err = stage_.erase_unreferenced(manifest_))
    log_warning("old snapshots stay for now: " + describe(err));
}

caf::error checkpoint_log::check(const state_change& change, batch_time until) const {
  const auto wrong = [&change](const std::string& what) {
    return make_error(ec::invalid_argument, "a change of the state of " + to_string(change.id) + " at "
                                                + to_string(change.time) + " " + what);
  };
  const auto op = manifest_.operators.find(change.id.operator_name);
  if (op == manifest_.operators.end())
    return wrong("was not declared");
  if (change.id.partition.value() >= op->second.partitions)
    return wrong("is outside of the " + std::to_string(op->second.partitions) + " partitions declared");
  if (change.time < batch_time{} || change.time > until)
    return wrong("is after the commit, or before all time");
  if (change.kind != change_kind::delta) {
    const auto* entry = find(key_of(change.id));
    const auto covered = entry ? entry->snapshots.covered() : std::nullopt;
    if (covered && change.time <= *covered)
      return wrong("is a snapshot older than the one that is there");
  } else if (manifest_.commit && change.time <= manifest_.commit->time) {
    return wrong("is a delta that comes after its commit");
  }
  for (const auto blob : change.blobs)
    if (blob.size() > max_blob_bytes)
      return make_error(ec::record_too_large, "a blob of the state of " + to_string(change.id) + " has "
                                                  + std::to_string(blob.size()) + " bytes; the most is "
                                                  + std::to_string(max_blob_bytes) + ", so write it in parts");
  return caf::none;
}

caf::error checkpoint_log::check_commit(const commit_record& record, std::span<const state_change> changes) const {
  if (record.time < batch_time{} || record.time > latest_time
      || (manifest_.commit && record.time <= manifest_.commit->time))
    return make_error(ec::invalid_argument, "a commit at " + to_string(record.time) + " is not after the one before");
  std::map<state_id, batch_time> latest;
  for (const auto& change : changes) {
    if (auto err = check(change, record.time))
      return err;
    if (change.kind == change_kind::delta && change.time < std::exchange(latest[change.id], change.time))
      return make_error(ec::invalid_argument, "the deltas of " + to_string(change.id) + " are not in order of time");
  }
  return caf::none;
}

caf::error checkpoint_log::load(const state_id& id, const blob_visitor& visit) const {
  const auto* entry = manifest_.operators.contains(id.operator_name) ? find(key_of(id)) : nullptr;
  if (!entry)
    return caf::none;
  const auto key = key_of(id);
  std::uint64_t expected = 0;
  caf::error stopped;
  const auto show = [&](change_kind kind) {
    return [&, kind](std::string_view k, bytes_view blob) {
      const auto position = parse_blob_key(k);
      if (!position || position->index != expected++)
        stopped = damaged(id, "misses blobs");
      else
        stopped = visit(kind, position->time, blob);
      return !stopped;
    };
  };
  // Counting tells a blob that is missing, which no checksum can.
  const auto load_range = [&](const keyed_store& store, change_kind kind, const std::string& from,
                              const std::string& end, std::uint64_t first, std::uint64_t last) {
    expected = first;
    auto err = store.scan(from, end, show(kind));
    if (!err)
      err = stopped;
    if (!err && expected != last)
      err = damaged(id, "has " + std::to_string(expected - first) + " blobs of " + std::to_string(last - first));
    return err;
  };
  const auto load_snapshot = [&](const std::optional<manifest::snapshot_entry>& x, change_kind kind,
                                 std::string_view tag) -> caf::error {
    if (!x)
      return caf::none;
    return load_range(*snapshots_, kind, blob_key(tag, key, x->time, 0), blob_key(tag, key, x->time + duration{1}, 0),
                      0, x->blobs);
  };
  if (auto err = load_snapshot(entry->snapshots.base, change_kind::base, base_tag))
    return err;
  if (auto err = load_snapshot(entry->snapshots.partial, change_kind::partial, partial_tag))
    return err;
  return load_range(*log_, change_kind::delta, blob_key(delta_tag, key, batch_time{}, 0), end_of_state(delta_tag, key),
                    entry->first_delta, entry->next_delta);
}

caf::error checkpoint_log::drop(const std::string& operator_name) {
  if (auto err = refresh())
    return err;
  auto next = manifest_;
  const auto op = next.operators.find(operator_name);
  if (op == next.operators.end())
    return make_error(ec::invalid_argument, "the checkpoint holds no state of '" + operator_name + "'");
  const auto number = op->second.number;
  next.operators.erase(op);
  std::erase_if(next.states, [number](const auto& state) { return state.first.operator_number == number; });
  stage_.discard_operator(number);
  if (!next.commit) {
    manifest_ = std::move(next); // only declared so far
    return caf::none;
  }
  write_batch batch;
  batch.erase_range(first_of_operator(delta_tag, number), first_of_operator(delta_tag, number + 1));
  if (auto err = write_log(batch, std::move(next)))
    return err;
  erase_old_snapshots();
  return caf::none;
}

manifest::state_key checkpoint_log::key_of(const state_id& id) const {
  return {manifest_.operators.at(id.operator_name).number, id.partition.value()};
}

const manifest::state_entry* checkpoint_log::find(manifest::state_key key) const {
  const auto i = manifest_.states.find(key);
  return i == manifest_.states.end() ? nullptr : &i->second;
}

} // namespace sluice
