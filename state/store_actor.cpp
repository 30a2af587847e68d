// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/store_actor.hpp>

#include <map>

#include <sluice/actors/ownership.hpp>

namespace sluice {

void store_state::open(store_options options) {
  options_ = std::move(options);
  updates_.emplace(options_.states);
  if (const auto& last = options_.log->last_commit()) {
    durable_ = last->time;
    zero_ = last->zero;
  }
}

void store_state::keep(const epoch& life, state_update update) {
  if (life != options_.life)
    return;
  updates_->add(std::move(update));
  commit_ready();
}

caf::result<state_piece> store_state::load(const state_id& id, std::uint64_t cursor) {
  auto& pieces = loading_[id];
  if (cursor == 0) {
    pieces.clear();
    auto err = options_.log->load(id, [&pieces](change_kind kind, batch_time t, bytes_view blob) -> caf::error {
      auto piece = batch::from_bytes(blob);
      if (!piece)
        return std::move(piece.error());
      pieces.push_back({t, kind, std::move(*piece), 0});
      return {};
    });
    if (err)
      return err;
  }
  state_piece result;
  if (cursor < pieces.size()) {
    result = std::move(pieces[cursor]);
    result.next = cursor + 1 < pieces.size() ? cursor + 1 : 0;
  }
  if (result.next == 0)
    loading_.erase(id);
  return result;
}

caf::result<batch_time> store_state::commit(const epoch& life, batch_time t, bool sync, source_positions positions) {
  auto promise = self_->make_response_promise<batch_time>();
  if (life == options_.life) {
    if (!zero_)
      zero_ = t - options_.interval; // batches are committed in order, so this is the first
    waiting_.push_back({t, sync, std::move(positions), promise});
    commit_ready();
  }
  return promise;
}

void store_state::commit_ready() {
  while (!waiting_.empty() && updates_->complete(waiting_.front().time)) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    ++unsynced_;
    if (next.sync) {
      if (auto err = write(next.time, std::move(next.positions))) {
        next.promise.deliver(std::move(err));
        continue;
      }
      durable_ = next.time;
    }
    next.promise.deliver(durable_);
  }
}

caf::error store_state::write(batch_time t, source_positions positions) {
  const auto updates = updates_->take(t);
  std::vector<state_change> changes;
  std::map<state_id, batch_time> outdated;
  for (const auto& update : updates) {
    if (update.outdated > batch_time{})
      outdated[update.id] = update.outdated;
    if (update.content.empty() && update.kind == change_kind::delta)
      continue;
    auto& change = changes.emplace_back();
    change.id = update.id;
    change.time = update.time;
    change.kind = update.kind;
    for (const auto& blob : update.content)
      change.blobs.push_back(blob.bytes());
  }
  // Of what is outdated nothing is left: that is its base.
  for (const auto& [id, time] : outdated)
    if (time > options_.log->snapshot_time(id).value_or(batch_time{}))
      changes.push_back({id, time, change_kind::base, {}});
  commit_record record;
  if (const auto& last = options_.log->last_commit())
    record = *last;
  record.time = t;
  record.zero = zero_;
  record.batches += unsynced_;
  record.epoch_number = options_.life.number;
  record.description = options_.description;
  record.positions = std::move(positions);
  unsynced_ = 0;
  return options_.log->commit(record, changes);
}

store_actor::behavior_type store_behavior(store_actor::stateful_pointer<store_state> self, store_options options) {
  if (options.coordinator)
    belong_to(self, options.coordinator);
  self->state.open(std::move(options));
  return {
      [self](keep_atom, const epoch& life, state_update& update) { self->state.keep(life, std::move(update)); },
      [self](load_atom, const state_id& id, std::uint64_t cursor) { return self->state.load(id, cursor); },
      [self](commit_atom, const epoch& life, batch_time t, bool sync, source_positions& positions) {
        return self->state.commit(life, t, sync, std::move(positions));
      },
  };
}

} // namespace sluice
