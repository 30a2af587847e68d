// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/view/state_window.hpp>

#include <chrono>

namespace sluice::detail {

namespace {

using namespace std::chrono_literals;

/// Before what has failed is tried again.
constexpr auto failure_lasts = 30s;

} // namespace

void state_window::open(const std::shared_ptr<checkpoint_log>& log) {
  const std::lock_guard lock{mutex_};
  watch_.reset();
  log_ = log;
}

void state_window::close() {
  const std::lock_guard lock{mutex_};
  watch_.reset();
  log_.reset();
}

state_window::outcome state_window::look(const std::function<void(const state_view&)>& visit, clock::time_point now) {
  const std::lock_guard lock{mutex_};
  auto log = log_.lock();
  if (!log)
    return {.failure =
                make_error(ec::invalid_argument, "the program keeps no committed state now: it has no checkpoint "
                                                 "directory, or it has stopped")};
  if (watch_) {
    const auto before = watch_->how_far();
    if (before.has_ended || (before.failure && now - made_ > failure_lasts))
      watch_.reset();
  }
  if (!watch_) {
    watch_ = std::make_unique<state_watch>(log, how_);
    made_ = now;
  }
  log.reset();
  const auto far = watch_->how_far();
  if (!far.is_ready)
    return {.failure = far.failure, .pieces_read = far.pieces_read};
  return {.was_shown = watch_->show(visit, now)};
}

} // namespace sluice::detail
