// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>

namespace sluice {

/// The CPUs on which worker threads are at work, one of them on each.
class cpu_seats {
public:
  /// CPUs are counted from 0; as many as the kernel's calls know.
  static constexpr std::size_t most = 1024;

  /// @param usable on so many CPUs the threads may run
  explicit cpu_seats(std::size_t usable) : usable_{usable} {}

  /// Returns whether it was free.
  bool take(std::size_t cpu) {
    if (!is_free(cpu) || taken_[cpu].exchange(true, std::memory_order_relaxed))
      return false;
    count_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }

  void give_back(std::size_t cpu) {
    taken_[cpu].store(false, std::memory_order_relaxed);
    count_.fetch_sub(1, std::memory_order_relaxed);
  }

  bool is_free(std::size_t cpu) const { return cpu < most && !taken_[cpu].load(std::memory_order_relaxed); }
  bool any_free() const { return count_.load(std::memory_order_relaxed) < usable_; }

private:
  std::size_t usable_;
  std::atomic<std::size_t> count_ = 0;
  std::array<std::atomic<bool>, most> taken_{};
};

/// One worker thread's place among them. A kernel may let two of a program's threads take turns on one CPU for many
/// milliseconds while another CPU has next to nothing to do (docs/decisions/0017-workers-keep-apart.md). So a worker
/// that has shared its CPU with another for a while moves to one where none is at work, if there is one. It is not
/// bound to that: the kernel may move it as before. Plain logic.
class cpu_seat {
public:
  /// A move costs more than to share for a moment.
  static constexpr std::chrono::microseconds worth_a_move{200};

  /// The thread is at work. `thread.cpu()` says where it runs, `thread.now()` is a steady clock's time, and
  /// `thread.move(is_allowed)` moves it, if it can, to a CPU for which `is_allowed(cpu)` holds.
  template <class Thread>
  void take(cpu_seats& all, Thread thread) {
    const auto here = thread.cpu();
    if (here == own_)
      return;
    give_back(all);
    if (all.take(here)) {
      own_ = here;
      shares_since_.reset();
    } else if (all.any_free()) {
      share(all, thread);
    }
  }

  /// The thread has nothing to do, and is in nobody's way.
  void leave(cpu_seats& all) {
    give_back(all);
    shares_since_.reset();
  }

private:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::size_t none = cpu_seats::most;

  void give_back(cpu_seats& all) {
    if (own_ != none)
      all.give_back(own_);
    own_ = none;
  }

  template <class Thread>
  void share(cpu_seats& all, Thread thread) {
    const time_point now = thread.now();
    if (!shares_since_)
      shares_since_ = now;
    if (now - *shares_since_ < worth_a_move)
      return;
    thread.move([&all](std::size_t cpu) { return all.is_free(cpu); });
    shares_since_.reset();
    if (const auto there = thread.cpu(); all.take(there))
      own_ = there;
  }

  std::size_t own_ = none;
  std::optional<time_point> shares_since_;
};

} // namespace sluice
