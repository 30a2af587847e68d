// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/receiver/block_builder.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

void check_block_bytes(std::size_t block_bytes) {
  // A record is appended while the block is below its limit, and must fit then.
  constexpr auto largest = max_batch_bytes - max_record_bytes;
  if (block_bytes == 0 || block_bytes > largest)
    throw usage_error("the block size must be 1 to " + std::to_string(largest) + " bytes (the default is "
                      + std::to_string(default_block_bytes) + "), not " + std::to_string(block_bytes));
}

block_cutter::block_cutter(options opts, credit_gate& gate)
    : options_{std::move(opts)}, gate_{gate}, limiter_{options_.rate, options_.clock->now()},
      enough_{options_.block_bytes} {
  check_block_bytes(options_.block_bytes);
}

block_cutter::~block_cutter() = default;

void block_cutter::cut() {
  std::lock_guard lock{mutex_};
  cut_locked();
}

void block_cutter::mark(std::string tag) {
  std::lock_guard lock{mutex_};
  if (is_empty())
    options_.marked(blocks_, std::move(tag));
  else
    mark_ = std::move(tag);
}

void block_cutter::note_credit() {
  std::lock_guard lock{mutex_};
  set_size_locked();
}

void block_cutter::set_rate(double records_per_second) {
  std::lock_guard lock{mutex_};
  limiter_.update(records_per_second, options_.clock->now());
}

void block_cutter::set_limit(const input_limit& x) {
  std::lock_guard lock{mutex_};
  limiter_.set_max(x.max_rate, options_.clock->now());
  limiter_.set_paused(x.is_paused, options_.clock->now());
}

std::chrono::microseconds block_cutter::until_turn() {
  std::lock_guard lock{mutex_};
  if (limiter_.has_tokens())
    return std::chrono::microseconds{0};
  limiter_.refill(options_.clock->now());
  return limiter_.has_tokens() ? std::chrono::microseconds{0} : options_.clock->until(limiter_.next());
}

std::optional<std::uint64_t> block_cutter::store_block(batch block) {
  entry e{*this};
  if (!e.admitted())
    return std::nullopt;
  e.wait_for_turn(block.count());
  cut_locked();
  hand_on_locked(std::move(block));
  return blocks_;
}

void block_cutter::finish() {
  std::lock_guard lock{mutex_};
  if (std::exchange(finishing_, true))
    return;
  if (storing_ == 0)
    close_locked();
}

void block_cutter::cut_locked() {
  if (auto block = take())
    hand_on_locked(std::move(*block));
}

void block_cutter::hand_on_locked(batch block) {
  gate_.charge(block.bytes().size());
  ++blocks_;
  // First, because the block may be durable as soon as it is handed on.
  if (mark_) [[unlikely]]
    options_.marked(blocks_, *std::exchange(mark_, std::nullopt));
  options_.hand_on(std::move(block));
  set_size_locked();
}

void block_cutter::set_size_locked() {
  constexpr std::size_t least = 4096;
  enough_ = std::clamp<std::size_t>(gate_.credit(), std::min(least, options_.block_bytes), options_.block_bytes);
}

void block_cutter::close_locked() {
  cut_locked();
  if (options_.finished)
    options_.finished();
}

block_cutter::entry::entry(block_cutter& owner) : owner_{owner}, lock_{owner.mutex_}, admitted_{!owner.finishing_} {
  if (!admitted_)
    return;
  ++owner_.storing_;
  owner_.gate_.pass();
}

block_cutter::entry::~entry() {
  if (admitted_ && --owner_.storing_ == 0 && owner_.finishing_)
    owner_.close_locked();
}

void block_cutter::entry::wait_unlocked() {
  // Others may use up the credit or the tokens between the gate and the lock.
  while (owner_.gate_.must_wait() || !owner_.may_store_now()) {
    const auto pause = owner_.pause_for_rate();
    lock_.unlock();
    owner_.gate_.wait();
    if (pause.count() > 0)
      owner_.gate_.pause(pause);
    lock_.lock();
  }
  owner_.set_size_locked();
  owner_.gate_.pass();
}

bool block_cutter::may_store_now() {
  limiter_.refill(options_.clock->now());
  if (gate_.lets_pass())
    limiter_.let_pass();
  return limiter_.has_tokens();
}

/// How long to wait until there may be tokens; but not so long that a higher rate would go unnoticed.
std::chrono::microseconds block_cutter::pause_for_rate() const {
  constexpr std::chrono::microseconds longest{20'000};
  return limiter_.has_tokens() ? std::chrono::microseconds{0}
                               : std::min(options_.clock->until(limiter_.next()), longest);
}

} // namespace sluice
