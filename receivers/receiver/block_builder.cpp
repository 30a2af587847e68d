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
    : options_{std::move(opts)}, gate_{gate}, enough_{options_.block_bytes} {
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

std::optional<std::uint64_t> block_cutter::store_block(batch block) {
  entry e{*this};
  if (!e.admitted())
    return std::nullopt;
  e.wait_for_credit();
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
  // Others may use up the credit between the gate and the lock.
  do {
    lock_.unlock();
    owner_.gate_.wait();
    lock_.lock();
  } while (owner_.gate_.must_wait());
  owner_.set_size_locked();
  owner_.gate_.pass();
}

} // namespace sluice
