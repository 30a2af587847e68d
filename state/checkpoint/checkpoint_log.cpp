// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint/checkpoint_log.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/state/checkpoint/checkpoint_keys.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice {

namespace {

/// Far enough from the end of the numbers that a millisecond can be added.
constexpr batch_time latest_time{std::numeric_limits<std::int64_t>::max() / 2};

error unknown(const std::string& operator_name) {
  return make_error(ec::invalid_argument, "the checkpoint holds no state of '" + operator_name + "'");
}

/// Shows all that `reader` reads.
error show(state_reader reader, const state_reader::visitor& visit) {
  auto more = reader.next(visit);
  while (more && *more)
    more = reader.next(visit);
  return more ? error{} : more.error();
}

} // namespace

expected<checkpoint_log> checkpoint_log::open(keyed_store& log, keyed_store& snapshots,
                                              const checkpoint_identity& fresh, std::optional<batch_time> at) {
  checkpoint_log result{log, snapshots};
  auto found = find_versions(log);
  if (found)
    for (const auto& x : *found) // another format is to be called that, and may know nothing of the rest
      if (!x.content && is(x.content.error(), ec::checkpoint_mismatch))
        return result.in_checkpoint(x.content.error());
  if (auto err = join_stores(log, snapshots, fresh))
    return err;
  if (!found)
    return found.error();
  if (auto err = result.begin(std::move(*found), at))
    return err;
  return result;
}

error checkpoint_log::in_checkpoint(const error& why) const {
  return make_error(static_cast<ec>(why.code()),
                    "the checkpoint in '" + log_->place().parent_path().string() + "': " + describe(why));
}

/// Finds the version to go on from, and says what is passed over.
error checkpoint_log::begin(std::vector<found_version> found, std::optional<batch_time> at) {
  if (found.empty()) {
    // A commit writes deltas and manifest together, so there cannot be the one without the other.
    const auto nothing = holds_nothing(*log_);
    if (!nothing)
      return nothing.error();
    if (!*nothing)
      return in_checkpoint(make_error(ec::storage_failed, "it is damaged: it holds state, but its commit record is "
                                                          "missing; restore the whole checkpoint, or remove it to "
                                                          "start over"));
    return at ? in_checkpoint(
                    make_error(ec::invalid_argument, "it is new, and cannot go back to batch " + to_string(*at)))
              : error{};
  }
  const auto choice = choose_version(found, at, [this](const manifest& m) { return verify(m); });
  if (!choice)
    return is(choice.error(), ec::checksum_mismatch) ? choice.error() : in_checkpoint(choice.error());
  for (const auto& line : choice->notes)
    log_warning("the checkpoint in '" + log_->place().parent_path().string() + "': " + line);
  for (std::size_t i = 0; i <= choice->index; ++i)
    if (auto& x = found[i]; x.content)
      versions_.push_back({x.key, x.content->commit->time, x.content->states});
    else
      unreadable_.push_back(x.key);
  has_later_ = choice->index + 1 != found.size();
  manifest_ = std::move(*found[choice->index].content);
  return {};
}

/// Reads all that `m` lists.
error checkpoint_log::verify(const manifest& m) const {
  for (const auto& id : states_of(m))
    if (auto err = show(read(m, id), [](change_kind, batch_time, bytes_view) { return error{}; }))
      return err;
  return {};
}

/// Passes on the result of a write, and closes the checkpoint if it failed.
error checkpoint_log::written(error result) {
  if (result) {
    closed_ = make_error(ec::storage_failed, "a write has failed, so the checkpoint takes no commit until it is opened "
                                             "again: "
                                                 + describe(result));
    stage_.discard();
  }
  return result;
}

std::vector<state_description> checkpoint_log::operators() const {
  std::vector<state_description> result;
  for (const auto& [name, op] : manifest_.operators)
    result.push_back({name, op.partitions, op.schema});
  return result;
}

std::vector<batch_time> checkpoint_log::versions() const {
  std::vector<batch_time> result;
  for (const auto& x : versions_)
    result.push_back(x.time);
  return result;
}

std::optional<batch_time> checkpoint_log::snapshot_time(const state_id& id) const {
  const auto* entry = manifest_.operators.contains(id.operator_name) ? find(key_of(id)) : nullptr;
  return entry ? entry->snapshots.covered() : std::nullopt;
}

error checkpoint_log::declare(const state_description& description, std::span<const std::string> older) {
  if (closed_)
    return closed_;
  if (description.partitions == 0)
    return make_error(ec::invalid_argument, "the state of '" + description.operator_name + "' has no partitions");
  const auto [i, fresh] = manifest_.operators.try_emplace(description.operator_name);
  auto& op = i->second;
  if (fresh) {
    op = {manifest_.next_operator++, description.partitions, description.schema};
    return {};
  }
  const auto refuse = [&description](const std::string& stored, const std::string& wanted) {
    return make_error(ec::checkpoint_mismatch, "the checkpoint holds the state of '" + description.operator_name
                                                   + "' with " + stored + ", the program has " + wanted
                                                   + "; run the program that wrote it, or drop this state");
  };
  if (op.partitions != description.partitions)
    return refuse(std::to_string(op.partitions) + " partitions", std::to_string(description.partitions));
  if (std::ranges::find(older, op.schema) != older.end())
    op.schema = description.schema;
  if (op.schema != description.schema)
    return refuse("the schema '" + op.schema + "'", "'" + description.schema + "'");
  return {};
}

error checkpoint_log::stage(std::span<const state_change> snapshots) {
  if (closed_)
    return closed_;
  std::vector<staged_snapshots::snapshot> checked;
  for (const auto& change : snapshots) {
    if (change.kind == change_kind::delta)
      return make_error(ec::invalid_argument, "only snapshots are staged");
    if (auto err = check(change, latest_time))
      return err;
    checked.push_back({key_of(change.id), change.kind, change.time, change.blobs});
  }
  if (auto err = discard_later())
    return err;
  return written(stage_.write(checked));
}

/// The versions after the one that this was opened at go before anything is written: what is written may take the place
/// of what they list.
error checkpoint_log::discard_later() {
  if (!has_later_)
    return {};
  write_batch batch;
  erase_later(manifest_, batch);
  if (auto err = written(log_->apply(batch)))
    return err;
  has_later_ = false;
  return {};
}

error checkpoint_log::commit(const commit_record& record, std::span<const state_change> changes) {
  auto err = try_commit(record, changes);
  if (err)
    discard_staged();
  return err;
}

error checkpoint_log::try_commit(const commit_record& record, std::span<const state_change> changes) {
  if (closed_)
    return closed_;
  if (auto err = check_commit(record, changes))
    return err;
  if (auto err = discard_later())
    return err;
  std::vector<staged_snapshots::snapshot> snapshots;
  for (const auto& change : changes)
    if (change.kind != change_kind::delta)
      snapshots.push_back({key_of(change.id), change.kind, change.time, change.blobs});
  if (!snapshots.empty())
    if (auto err = written(stage_.write(snapshots)))
      return err;

  auto next = manifest_;
  next.commit = record;
  write_batch batch;
  for (const auto& [key, staged] : stage_.staged()) {
    const auto snapshots = staged_snapshots::until(record.time, staged);
    if (!snapshots.covered())
      continue;
    if (auto err = refer_to(key, snapshots, next.states[key]))
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
  const auto stored = encode(next);
  batch.put(commit_key(record.time), stored);
  for (auto& key : std::exchange(unreadable_, {}))
    batch.erase(std::move(key));
  auto after = succeed(std::move(versions_), checkpoint_version::of(next), kept_, pinned_, batch);
  versions_ = std::move(after.versions); // true once it is written; after an error nothing is read any more
  if (auto err = written(log_->apply(batch)))
    return err;
  manifest_ = std::move(next);
  stage_.discard_until(record.time);
  if (after.frees_snapshots || may_hold_leftovers_)
    erase_old_snapshots();
  return {};
}

error checkpoint_log::refer_to(manifest::state_key key, const manifest::snapshot_entries& snapshots,
                               manifest::state_entry& entry) const {
  if (snapshots.base)
    entry.snapshots = {snapshots.base, std::nullopt};
  if (!entry.snapshots.base)
    return make_error(ec::invalid_argument, "a partial snapshot comes without a base");
  if (snapshots.partial && snapshots.partial->time > entry.snapshots.base->time)
    entry.snapshots.partial = snapshots.partial;
  const auto first_kept = blob_key(delta_tag, key, *entry.snapshots.covered() + duration{1}, 0);
  entry.first_delta = entry.next_delta;
  return log_->scan(first_kept, end_of_state(delta_tag, key), [&entry](std::string_view found, bytes_view) {
    if (const auto position = parse_blob_key(found))
      entry.first_delta = position->index;
    return false;
  });
}

void checkpoint_log::erase_old_snapshots() {
  // The commit has happened in any case; the first one after the next start tries again.
  may_hold_leftovers_ = false;
  if (auto err = written(stage_.erase_unreferenced(versions_)))
    log_warning("old snapshots stay for now, and the next commit will be refused: " + describe(err));
}

error checkpoint_log::check(const state_change& change, batch_time until) const {
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
  return {};
}

error checkpoint_log::check_commit(const commit_record& record, std::span<const state_change> changes) const {
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
  return {};
}

state_reader checkpoint_log::read(const state_id& id) const { return read(manifest_, id); }

state_reader checkpoint_log::read(const manifest& m, const state_id& id) const {
  const auto op = m.operators.find(id.operator_name);
  if (op == m.operators.end())
    return {};
  const manifest::state_key key{op->second.number, id.partition.value()};
  const auto entry = m.states.find(key);
  return entry == m.states.end() ? state_reader{}
                                 : state_reader{*log_, *snapshots_, entry->second, key, m.commit->time, id};
}

error checkpoint_log::load(const state_id& id, const state_reader::visitor& visit) const {
  return show(read(id), visit);
}

error checkpoint_log::drop(const std::string& operator_name) {
  if (closed_)
    return closed_;
  const auto op = manifest_.operators.find(operator_name);
  if (op == manifest_.operators.end())
    return unknown(operator_name);
  const auto number = op->second.number;
  manifest_.operators.erase(op);
  std::erase_if(manifest_.states, [number](const auto& state) { return state.first.operator_number == number; });
  stage_.discard_operator(number);
  return {};
}

error checkpoint_log::rename(const std::string& operator_name, const std::string& to) {
  if (closed_)
    return closed_;
  if (!manifest_.operators.contains(operator_name))
    return unknown(operator_name);
  if (manifest_.operators.contains(to))
    return make_error(ec::invalid_argument,
                      "the checkpoint holds a state of '" + to + "' already; drop that before another takes its name");
  auto op = manifest_.operators.extract(operator_name);
  op.key() = to;
  manifest_.operators.insert(std::move(op));
  return {};
}

expected<manifest> checkpoint_log::pin_last() {
  if (closed_)
    return closed_;
  if (!manifest_.commit)
    return make_error(ec::invalid_argument, "nothing has been committed yet");
  pinned_.insert(manifest_.commit->time);
  return manifest_;
}

void checkpoint_log::unpin(batch_time t) {
  if (const auto found = pinned_.find(t); found != pinned_.end())
    pinned_.erase(found);
}

manifest::state_key checkpoint_log::key_of(const state_id& id) const {
  return {manifest_.operators.at(id.operator_name).number, id.partition.value()};
}

const manifest::state_entry* checkpoint_log::find(manifest::state_key key) const {
  const auto i = manifest_.states.find(key);
  return i == manifest_.states.end() ? nullptr : &i->second;
}

} // namespace sluice
