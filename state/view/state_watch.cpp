// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/view/state_watch.hpp>

#include <chrono>
#include <utility>

#include <sluice/actors/os/cpu_share.hpp>

namespace sluice::detail {

namespace {

/// Records that are added to the view in one go: as long as this takes, look-ups wait.
constexpr std::size_t records_at_once = 100;

/// In short bursts: a thread that has just rested is not interrupted in the middle of one, with look-ups waiting.
constexpr cpu_share::limits share_of_a_core{.share = 0.5, .burst = std::chrono::microseconds{50}};

/// What the view keeps is not on its way: inputs must not wait for it.
void count_as_kept(const std::vector<state_update>& changes) {
  for (const auto& x : changes)
    for (const auto& piece : x.content)
      piece.count_as(memory_use::kept);
}

std::size_t size_of(const std::vector<state_update>& changes) {
  std::size_t result = 0;
  for (const auto& x : changes)
    for (const auto& piece : x.content)
      result += piece.bytes().size();
  return result;
}

/// For how long it goes on when nobody looks.
constexpr std::chrono::seconds patience{60};

error log_is_closed() { return make_error(ec::storage_failed, "the checkpoint has been closed"); }

} // namespace

state_watch::state_watch(const std::shared_ptr<checkpoint_log>& log, const state_view::options& how)
    : log_{log}, how_{how}, looked_{clock::now()}, thread_{[this](const std::stop_token& stop) { run(stop); }} {}

state_watch::~state_watch() {
  thread_ = {};
  end({});
}

state_watch::progress state_watch::how_far() const {
  const std::lock_guard lock{mutex_};
  return progress_;
}

bool state_watch::show(const std::function<void(const state_view&)>& visit, clock::time_point now) {
  {
    const std::lock_guard lock{mutex_};
    looked_ = now;
    if (!progress_.is_ready)
      return false;
  }
  ++lookers_;
  const std::lock_guard lock{view_mutex_};
  --lookers_;
  lookers_.notify_one();
  if (view_)
    visit(*view_);
  return view_ != nullptr;
}

void state_watch::run(const std::stop_token& stop) {
  bounded_thread thread{share_of_a_core};
  auto err = read_all(stop, thread);
  if (!err)
    err = follow(stop, thread);
  end({.has_ended = !err, .failure = std::move(err)});
}

/// Listens no more, and gives the memory back.
void state_watch::end(progress how) {
  if (const auto log = log_.lock()) {
    const auto guard = log->lock();
    log->feed().listen(nullptr);
  }
  {
    const std::lock_guard lock{mutex_};
    progress_ = std::move(how);
    commits_.clear();
  }
  const std::lock_guard lock{view_mutex_};
  view_.reset();
}

/// Reads the last commit, and listens from the next one on.
error state_watch::read_all(const std::stop_token& stop, bounded_thread& thread) {
  expected<manifest> version = log_is_closed();
  if (const auto log = log_.lock()) {
    const auto guard = log->lock();
    version = log->pin_last();
    if (version)
      log->feed().listen([this](batch_time t, std::vector<state_update> changes) {
        count_as_kept(changes);
        const std::lock_guard lock{mutex_};
        commits_bytes_ += size_of(changes);
        commits_.push_back({t, std::move(changes)});
        told_.notify_one();
      });
  }
  if (!version)
    return version.error();
  std::vector<state_description> operators;
  for (const auto& [name, x] : version->operators)
    operators.push_back({name, x.partitions, x.schema});
  view_ = std::make_unique<state_view>(std::move(operators), version->commit->time, how_);
  error err;
  for (const auto& id : states_of(*version))
    if (!err && !stop.stop_requested())
      err = read_state(*version, id, stop, thread);
  if (const auto log = log_.lock()) {
    const auto guard = log->lock();
    log->unpin(version->commit->time);
  }
  if (err)
    return err;
  const std::lock_guard lock{mutex_};
  progress_.is_ready = true;
  return {};
}

error state_watch::read_state(const manifest& version, const state_id& id, const std::stop_token& stop,
                              bounded_thread& thread) {
  std::optional<state_reader> reader;
  batch piece;
  const auto take = [&piece](change_kind, batch_time, bytes_view blob) {
    auto content = batch::from_bytes(blob);
    if (!content)
      return content.error();
    piece = std::move(*content);
    piece.count_as(memory_use::kept);
    return error{};
  };
  // Holds the log for no longer than a piece: the program may close it.
  const auto read_one = [&]() -> expected<bool> {
    const auto log = log_.lock();
    if (!log)
      return log_is_closed();
    const auto guard = log->lock();
    if (!reader)
      reader = log->read(version, id);
    return reader->next(take);
  };
  for (; !stop.stop_requested(); thread.rest()) {
    const auto more = read_one();
    if (!more)
      return more.error();
    if (!*more)
      return {};
    if (auto err = view_->load(id, std::exchange(piece, {})))
      return err;
    const std::lock_guard lock{mutex_};
    ++progress_.pieces_read;
  }
  return {};
}

bool state_watch::nobody_looks() const { return clock::now() - looked_ > patience; }

/// Until nobody looks any more.
error state_watch::follow(const std::stop_token& stop, bounded_thread& thread) {
  while (!stop.stop_requested()) {
    told_commit next;
    {
      std::unique_lock lock{mutex_};
      const bool is_told = told_.wait_for(lock, stop, patience / 4, [this] { return !commits_.empty(); });
      if (nobody_looks())
        return {};
      if (!is_told)
        continue;
      if (commits_bytes_ > how_.most_bytes)
        return make_error(ec::invalid_argument, "the state changes faster than it can be followed");
      next = std::move(commits_.front());
      commits_.pop_front();
      commits_bytes_ -= size_of(next.changes);
    }
    if (auto err = apply(std::move(next), stop, thread))
      return err;
  }
  return {};
}

error state_watch::apply(told_commit next, const std::stop_token& stop, bounded_thread& thread) {
  {
    const std::lock_guard lock{view_mutex_};
    view_->begin(next.time, std::move(next.changes));
  }
  for (; !stop.stop_requested(); thread.rest()) {
    for (auto n = lookers_.load(); n != 0; n = lookers_.load()) // a mutex alone is not fair
      lookers_.wait(n);
    const std::lock_guard lock{view_mutex_};
    const auto more = view_->step(records_at_once, clock::now());
    if (!more)
      return more.error();
    if (!*more)
      return {};
  }
  return {};
}

} // namespace sluice::detail
