// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/commit/commit_sequence.hpp>

#include <map>
#include <utility>

namespace sluice {

namespace {

batch_time last_commit_of(const checkpoint_log& log) {
  return log.last_commit() ? log.last_commit()->time : batch_time{};
}

error with_context(const std::string& context, const error& why) {
  return make_error(why.code() == ec::messaging_failed ? ec::storage_failed : why.code(), context + describe(why));
}

/// The changes in `updates` for a log to write. Their content must outlive the result.
std::vector<state_change> changes_of(const std::vector<state_update>& updates, const checkpoint_log& log) {
  std::vector<state_change> result;
  std::map<state_id, batch_time> outdated;
  for (const auto& update : updates) {
    if (update.outdated > batch_time{})
      outdated[update.id] = update.outdated;
    if (update.content.empty() && update.kind == change_kind::delta)
      continue;
    auto& change = result.emplace_back();
    change.id = update.id;
    change.time = update.time;
    change.kind = update.kind;
    for (const auto& blob : update.content)
      change.blobs.push_back(blob.bytes());
  }
  // Of what is outdated nothing is left: that is its base.
  for (const auto& [id, time] : outdated)
    if (time > log.snapshot_time(id).value_or(batch_time{}))
      result.push_back({id, time, change_kind::base, {}});
  return result;
}

} // namespace

commit_sequence::commit_sequence(checkpoint_log& log, options what)
    : log_{&log}, options_{std::move(what)}, updates_{options_.states, last_commit_of(log)},
      durable_{last_commit_of(log)} {
  if (const auto& last = log.last_commit())
    zero_ = last->zero;
}

void commit_sequence::keep(const epoch& life, state_update update) {
  if (life != options_.life || failed_)
    return;
  if (!updates_.expects(update.id))
    return fail(update.time, make_error(ec::invalid_argument, "it changes the state of " + to_string(update.id)
                                                                  + ", which this program has not declared"));
  updates_.add(std::move(update));
  commit_ready();
}

void commit_sequence::commit(const epoch& life, commit_request what, answer then) {
  if (auto err = refusal(life, what))
    return then(err);
  asked_ = what.time;
  if (!zero_)
    zero_ = what.time - options_.interval; // this is the first batch of all
  waiting_.push_back({std::move(what), std::move(then)});
  commit_ready();
}

/// Why the commit cannot be taken; nothing if it can.
error commit_sequence::refusal(const epoch& life, const commit_request& what) const {
  if (failed_)
    return failed_;
  const auto t = what.time;
  const auto wrong = [t](const std::string& why) {
    return make_error(ec::invalid_argument, "batch " + to_string(t) + " cannot be committed: " + why);
  };
  if (life != options_.life)
    return wrong("another run of the program asks for it");
  const auto last = asked_.value_or(durable_);
  if (what.previous != last)
    return wrong("the one after batch " + to_string(last) + " is due, and it is said to follow batch "
                 + to_string(what.previous));
  if (t <= last)
    return wrong("batch " + to_string(last) + " comes before it");
  if (zero_ && (t - *zero_) % options_.interval != duration::zero())
    return wrong("there is no batch of that time, with one every " + to_string(options_.interval));
  return {};
}

void commit_sequence::commit_ready() {
  while (!waiting_.empty() && updates_.complete(waiting_.front().what.time)) {
    auto& next = waiting_.front();
    ++unsynced_;
    if (next.what.sync) {
      if (auto err = write(next.what))
        return fail(next.what.time, err);
      durable_ = next.what.time;
      unsynced_ = 0;
    }
    const auto then = std::move(next.then);
    waiting_.pop_front();
    then(durable_);
  }
}

error commit_sequence::write(commit_request& what) {
  auto updates = updates_.take(what.time);
  commit_record record;
  if (const auto& last = log_->last_commit())
    record = *last;
  record.time = what.time;
  record.zero = zero_;
  record.interval = options_.interval;
  record.batches += unsynced_;
  record.epoch_number = options_.life.number;
  record.description = options_.description;
  record.positions = std::move(what.positions);
  what.sums.merge(record.sums); // of accumulators that this program does not have
  record.sums = std::move(what.sums);
  if (auto err = log_->commit(record, changes_of(updates, *log_)))
    return err;
  log_->feed().tell(what.time, std::move(updates));
  return {};
}

/// Batch `t` cannot be committed, and so none after it.
void commit_sequence::fail(batch_time t, const error& why) {
  const auto first = with_context("batch " + to_string(t) + " could not be committed: ", why);
  failed_ = with_context("not committed, as an earlier batch was not: ", first);
  for (bool is_first = true; const auto& each : std::exchange(waiting_, {}))
    each.then(std::exchange(is_first, false) ? first : failed_);
}

} // namespace sluice
