// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/coordinator.hpp>

#include <algorithm>

namespace sluice {

namespace {

batch_time to_grid(std::chrono::microseconds t) {
  return batch_time{std::chrono::duration_cast<std::chrono::milliseconds>(t).count()};
}

} // namespace

batch_time coordinator::start(std::chrono::microseconds now, std::optional<batch_time> last) {
  next_ = next_after(to_grid(now), options_.interval);
  if (last)
    previous_ = *last;
  if (!options_.again.empty())
    last = last_again_ = options_.again.back();
  // The clock may be behind by less than an interval; batch times never go back.
  if (last) {
    const auto after = next_after(*last, options_.interval);
    next_ = options_.replays_downtime ? after : std::max(next_, after);
  }
  receiving_ = options_.inputs;
  return next_;
}

void coordinator::tick(std::chrono::microseconds now) {
  while (!must_wait(now))
    cut_next();
  cut_last_if_drained();
}

bool coordinator::must_wait(std::chrono::microseconds now) const {
  if (phase_ > phase::draining || in_flight_.size() >= options_.max_in_flight)
    return true;
  return options_.again.empty() && next_ > to_grid(now);
}

std::optional<std::chrono::microseconds> coordinator::next_tick() const {
  if (phase_ > phase::draining || in_flight_.size() >= options_.max_in_flight)
    return std::nullopt;
  // What runs again waits for nothing: a graceful stop may have cut it before its time.
  return options_.again.empty() ? std::chrono::milliseconds{next_.ms()} : std::chrono::milliseconds{1};
}

void coordinator::cut_next() {
  const auto t = due();
  if (options_.again.empty())
    next_ = next_ + options_.interval;
  else
    options_.again.pop_front();
  in_flight_.insert(t);
  running_.insert(t);
  if (options_.is_gated)
    not_shared_[t] = options_.inputs.size();
  effects_.cuts.push_back(t);
}

void coordinator::shared(batch_time t) {
  const auto found = not_shared_.find(t);
  if (found == not_shared_.end() || --found->second != 0)
    return;
  not_shared_.erase(found);
  (t <= last_again_ ? effects_.gates : effects_.keeps).push_back(t);
}

void coordinator::kept(batch_time t) { effects_.gates.push_back(t); }

void coordinator::outputs_done(batch_time t) {
  if (running_.erase(t) == 0)
    return;
  done_.insert(t);
  while (!done_.empty() && (running_.empty() || *done_.begin() < *running_.begin())) {
    const auto next = *done_.begin();
    done_.erase(done_.begin());
    effects_.commits.push_back({next, std::exchange(previous_, next), syncs_.next(is_last(next))});
  }
}

bool coordinator::is_last(batch_time t) const { return phase_ == phase::last_batch && t + options_.interval == next_; }

void coordinator::committed(batch_time t) {
  if (in_flight_.erase(t) == 0)
    return;
  ++committed_;
  effects_.releases.push_back(t);
  if (phase_ == phase::last_batch && in_flight_.empty()) {
    phase_ = phase::finished;
    effects_.finished = true;
  }
}

void coordinator::stop() {
  if (phase_ != phase::running)
    return;
  phase_ = phase::draining;
  effects_.drain = true;
  cut_last_if_drained();
}

void coordinator::drained(stream_id input) {
  receiving_.erase(input);
  cut_last_if_drained();
}

void coordinator::cut_last_if_drained() {
  if (phase_ != phase::draining || !receiving_.empty() || !options_.again.empty())
    return;
  // One more batch takes what was received last; there is no point in waiting for its time.
  cut_next();
  phase_ = phase::last_batch;
}

} // namespace sluice
