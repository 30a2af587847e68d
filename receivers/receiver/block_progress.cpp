// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/receiver/block_progress.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace sluice {

error stopped_while_waiting() {
  return make_error(ec::receiver_stopped,
                    "the receiver has stopped before its records were known to be in the log: they "
                    "may count, or not; do not acknowledge them");
}

void block_progress::set_logged(bool is_logged) {
  const std::lock_guard lock{mutex_};
  is_logged_ = is_logged;
}

bool block_progress::is_logged() const {
  const std::lock_guard lock{mutex_};
  return is_logged_;
}

error block_progress::refusal() const {
  const std::lock_guard lock{mutex_};
  if (!is_logged_)
    return make_error(ec::invalid_argument,
                      "nothing was stored: store_durably() needs a log; call ctx.write_ahead_log(true), or run the "
                      "program with --write-ahead-log");
  if (is_interrupted_)
    return make_error(ec::receiver_stopped, "nothing was stored: the receiver has stopped");
  if (failure_)
    return make_error(failure_.code(), "nothing was stored: " + describe(failure_));
  return {};
}

std::uint64_t block_progress::interruptions() const {
  const std::lock_guard lock{mutex_};
  return interruptions_;
}

error block_progress::wait(std::uint64_t block, std::uint64_t since) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return durable_ >= block || failure_ || is_interrupted_ || interruptions_ != since; });
  if (durable_ >= block)
    return {};
  if (failure_)
    return failure_;
  return stopped_while_waiting();
}

bool block_progress::mark(std::uint64_t block, std::string tag) {
  const std::lock_guard lock{mutex_};
  if (!marks_.empty() && marks_.back().number == block)
    marks_.pop_back();
  assert(marks_.empty() || marks_.back().number < block);
  told_durable_ = std::min(told_durable_, marks_.size());
  marks_.push_back({block, std::move(tag)});
  return block <= committed_ || (is_logged_ && block <= durable_);
}

void block_progress::durable(std::uint64_t block) {
  {
    const std::lock_guard lock{mutex_};
    durable_ = std::max(durable_, block);
    failure_ = {};
  }
  changed_.notify_all();
}

void block_progress::fail(error why) {
  {
    const std::lock_guard lock{mutex_};
    failure_ = std::move(why);
    if (told_durable_ < marks_.size())
      untold_ = failure_;
  }
  changed_.notify_all();
}

void block_progress::committed(std::uint64_t block) {
  {
    const std::lock_guard lock{mutex_};
    committed_ = std::max(committed_, block);
    if (block <= durable_)
      return;
    durable_ = block;
    failure_ = {};
  }
  changed_.notify_all();
}

void block_progress::interrupt() {
  {
    const std::lock_guard lock{mutex_};
    is_interrupted_ = true;
    ++interruptions_;
  }
  changed_.notify_all();
}

void block_progress::resume() {
  const std::lock_guard lock{mutex_};
  is_interrupted_ = false;
}

receiver_news block_progress::take_news() {
  const std::lock_guard lock{mutex_};
  receiver_news result;
  result.log_error = std::exchange(untold_, {});
  while (is_logged_ && told_durable_ < marks_.size() && marks_[told_durable_].number <= durable_)
    result.durable = marks_[told_durable_++].tag;
  for (; !marks_.empty() && marks_.front().number <= committed_; marks_.pop_front()) {
    result.committed = std::move(marks_.front().tag);
    told_durable_ -= std::min<std::size_t>(told_durable_, 1);
  }
  return result;
}

bool block_progress::has_marks() const {
  const std::lock_guard lock{mutex_};
  return !marks_.empty();
}

} // namespace sluice
