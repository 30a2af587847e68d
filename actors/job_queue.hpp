// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice {

/// Jobs that wait for worker threads. What a job puts here first, its own worker runs next: it is about to be free, and
/// what is handed over is still in its cache. Another worker is woken only for what comes beyond that. So a chain of
/// jobs of which each makes the next stays on one thread and costs neither lock nor wake-up, which is most of what a
/// batch with little in it would cost. A job should end soon after it has made others.
///
/// Of the workers that sleep, one keeps the time: it wakes when an alarm is due. So a timer costs one wake-up and no
/// thread of its own. While all workers are busy, alarms wait until one is free, as what they are for would.
template <class Job>
class job_queue {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// No alarm is set.
  static constexpr time_point never = time_point::max();

  /// So many jobs in a row go round the queue; then those that wait in it have their turn.
  static constexpr std::size_t most_in_a_row = 16;

  /// What one worker has for itself.
  class lane {
    friend class job_queue;
    Job* next_ = nullptr;
    std::size_t in_a_row_ = 0;
    bool woken_ = false;
    std::condition_variable wake_;
  };

  /// Queues a job, and wakes a worker if one sleeps. Any thread may call it.
  void push(Job* job) {
    const std::lock_guard lock{mutex_};
    jobs_.push_back(job);
    wake_one();
  }

  /// The same from a job that runs on the worker of this lane.
  void push(lane& own, Job* job) {
    if (own.next_ == nullptr)
      own.next_ = job;
    else
      push(job);
  }

  /// The next job for the worker of this lane, which sleeps until there is one. `alarms.next()` says when the next
  /// alarm is due; `alarms.ring()`, called often and without a lock, does what is due, which may push jobs.
  template <class Alarms>
  Job* pop(lane& own, Alarms& alarms) {
    for (;;) {
      alarms.ring();
      if (auto* job = next(own))
        return job;
      std::unique_lock lock{mutex_};
      if (!jobs_.empty())
        return take();
      sleep(own, lock, alarms);
    }
  }

  /// An alarm has been set that is earlier than all others.
  void alarm_set() {
    const std::lock_guard lock{mutex_};
    if (keeper_ != nullptr)
      wake(*std::exchange(keeper_, nullptr));
    else
      wake_one();
  }

  /// Gives up a lane: what is in it goes to the other workers.
  void leave(lane& own) {
    if (auto* job = std::exchange(own.next_, nullptr))
      push(job);
  }

  /// A job that waits, or null.
  Job* try_pop() {
    const std::lock_guard lock{mutex_};
    return jobs_.empty() ? nullptr : take();
  }

private:
  Job* next(lane& own) {
    auto* job = std::exchange(own.next_, nullptr);
    if (job != nullptr && ++own.in_a_row_ < most_in_a_row)
      return job;
    own.in_a_row_ = 0;
    if (job == nullptr)
      return nullptr;
    const std::lock_guard lock{mutex_};
    jobs_.push_back(job);
    return take();
  }

  Job* take() {
    auto* job = jobs_.front();
    jobs_.pop_front();
    return job;
  }

  template <class Alarms>
  void sleep(lane& own, std::unique_lock<std::mutex>& lock, const Alarms& alarms) {
    own.woken_ = false;
    const auto is_woken = [&own] { return own.woken_; };
    // Who sets an earlier one from now on has to take the lock to say so.
    const auto due = alarms.next();
    if (due == never || keeper_ != nullptr) {
      sleepers_.push_back(&own);
      own.wake_.wait(lock, is_woken);
    } else {
      keeper_ = &own;
      if (!own.wake_.wait_until(lock, due, is_woken))
        keeper_ = nullptr;
    }
  }

  /// The one that fell asleep last, and the one that keeps the time only if there is no other.
  void wake_one() {
    if (!sleepers_.empty()) {
      auto* last = sleepers_.back();
      sleepers_.pop_back();
      wake(*last);
    } else if (keeper_ != nullptr) {
      wake(*std::exchange(keeper_, nullptr));
    }
  }

  void wake(lane& x) {
    x.woken_ = true;
    x.wake_.notify_one();
  }

  std::mutex mutex_;
  std::deque<Job*> jobs_;
  std::vector<lane*> sleepers_;
  lane* keeper_ = nullptr;
};

} // namespace sluice
