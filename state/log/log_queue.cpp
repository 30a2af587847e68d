// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/log/log_queue.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace sluice {

namespace {

/// What an entry takes beyond its content: key, seal, pointers.
constexpr std::size_t entry_overhead = 64;

std::size_t size_of(const allocation& x) {
  auto result = entry_overhead;
  for (const auto& [name, share] : x.inputs) {
    result += entry_overhead + name.size() + share.position.size();
    for (const auto& recipe : share.recipes)
      result += recipe.size();
  }
  return result;
}

} // namespace

void log_queue::releases::add(releases more) {
  until = std::max(until, more.until);
  done.insert(done.end(), std::make_move_iterator(more.done.begin()), std::make_move_iterator(more.done.end()));
}

void log_queue::append(logged_block block, callback done) {
  const auto bytes = entry_overhead + block.records.bytes().size();
  add({std::move(block), std::move(done), bytes});
}

void log_queue::allocate(allocation what, callback done) {
  const auto bytes = size_of(what);
  add({std::move(what), std::move(done), bytes});
}

void log_queue::release(batch_time until, callback done) {
  releases more{until, {}};
  more.done.push_back(std::move(done));
  waiting_.add(std::move(more));
}

void log_queue::add(entry x) {
  waiting_bytes_ += x.bytes;
  entries_.push_back(std::move(x));
}

bool log_queue::has_work() const {
  if (busy_)
    return true;
  if (entries_.empty() || stalled_)
    return due_ && (!entries_.empty() || waiting_.until);
  return true;
}

bool log_queue::may_release(std::size_t taken) const {
  return waiting_.until
         && std::none_of(entries_.begin() + static_cast<std::ptrdiff_t>(taken), entries_.end(), [this](const entry& x) {
              const auto* later = std::get_if<allocation>(&x.what);
              return later && later->time <= *waiting_.until;
            });
}

std::optional<log_group> log_queue::next() {
  assert(!busy_);
  if (!has_work())
    return std::nullopt;
  busy_ = true;
  due_ = false;
  log_group result;
  if (!stalled_ || !may_release(0))
    fill(result);
  if (may_release(taken_)) {
    in_hand_ = std::exchange(waiting_, {});
    result.release = in_hand_.until;
  }
  return result;
}

void log_queue::fill(log_group& group) {
  const auto limit = stalled_ ? 0 : group_bytes_;
  std::size_t bytes = 0;
  for (; taken_ < entries_.size(); ++taken_) {
    const auto& x = entries_[taken_];
    bytes += x.bytes;
    if (taken_ > 0 && bytes > limit)
      return;
    if (const auto* block = std::get_if<logged_block>(&x.what))
      group.blocks.push_back(*block);
    else
      group.allocations.push_back(std::get<allocation>(x.what));
  }
}

std::vector<log_queue::callback> log_queue::written() {
  assert(busy_);
  std::vector<callback> result;
  // While there was no room, a release alone says nothing about room for the others: they try next.
  const bool still_stalled = stalled_ && taken_ == 0 && !entries_.empty();
  for (; taken_ > 0; --taken_) {
    waiting_bytes_ -= entries_.front().bytes;
    result.push_back(std::move(entries_.front().done));
    entries_.pop_front();
  }
  for (auto& done : std::exchange(in_hand_, {}).done)
    result.push_back(std::move(done));
  busy_ = false;
  stalled_ = still_stalled;
  due_ = due_ || still_stalled;
  return result;
}

void log_queue::had_no_room() {
  assert(busy_);
  in_hand_.add(std::exchange(waiting_, {}));
  waiting_ = std::exchange(in_hand_, {});
  taken_ = 0;
  busy_ = false;
  due_ = false;
  stalled_ = true;
}

std::vector<log_queue::callback> log_queue::fail() {
  std::vector<callback> result;
  for (auto& x : std::exchange(entries_, {}))
    result.push_back(std::move(x.done));
  in_hand_.add(std::exchange(waiting_, {}));
  for (auto& done : std::exchange(in_hand_, {}).done)
    result.push_back(std::move(done));
  *this = log_queue{group_bytes_};
  return result;
}

} // namespace sluice
