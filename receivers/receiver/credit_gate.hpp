// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace sluice {

/// The valve between a receiver's threads and the rest: the number of bytes that may still be sent. While it is zero,
/// threads that store wait. A block is charged as a whole when it is cut, so the number may go below zero by one block:
/// a block larger than the credit passes, and the next one waits. Thread safe.
class credit_gate {
public:
  /// Whether there is credit.
  bool has_credit() const { return credit_.load(std::memory_order_relaxed) > 0; }

  /// How much there is.
  std::uint64_t credit() const {
    const auto result = credit_.load(std::memory_order_relaxed);
    return result > 0 ? static_cast<std::uint64_t>(result) : 0;
  }

  /// Whether the calling thread has to wait before it may store.
  bool must_wait() const { return !has_credit() && !lets_pass(); }

  /// Returns once the calling thread need not wait.
  void wait();

  /// Whether the calling thread never waits: the gate is lifted, or the thread is exempt.
  bool lets_pass() const;

  /// Returns after that time, or as soon as the gate is lifted.
  void pause(std::chrono::microseconds time);

  /// Takes credit, whether or not it is there. Never waits.
  void charge(std::uint64_t bytes);

  /// Gives credit, and wakes the threads that wait for it.
  void release(std::uint64_t bytes);

  /// From now on nobody waits, credit or not. What is charged meanwhile still counts.
  void lift();

  /// Ends `lift`.
  void lower();

  /// A thread passes. It calls this before each record that it may have waited for.
  void pass() { is_quiet_.store(false, std::memory_order_relaxed); }

  /// Forgets that threads have passed. Cut the records that they stored after this call, not before.
  void quiet() { is_quiet_.store(true, std::memory_order_relaxed); }

  /// Whether nobody has passed since `quiet` was called last.
  bool is_quiet() const { return is_quiet_.load(std::memory_order_relaxed); }

  /// That thread never waits, because giving credit is its own work. The default id is no thread.
  void exempt(std::thread::id thread);

  /// Whether the calling thread is that one.
  bool is_exempt() const { return exempt_.load() == std::this_thread::get_id(); }

private:
  std::atomic<std::int64_t> credit_ = 0;
  std::atomic<bool> lifted_ = false;
  std::atomic<bool> is_quiet_ = false;
  std::atomic<std::thread::id> exempt_{std::thread::id{}};
  std::mutex mutex_; // held while something changes that a waiting thread must see
  std::condition_variable changed_;
};

} // namespace sluice
