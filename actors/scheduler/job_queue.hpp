// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice {

/// Whether a sleeping worker is woken for a job that another job made. A wake-up costs more than a job with little to
/// do. So after a worker was woken for less than that, or in vain, a few times nobody is woken, more often the more
/// often that happens; until a job takes long, or what a woken worker found to do did. Plain logic.
class wake_backoff {
public:
  /// With more jobs than this in the queue somebody is woken in any case.
  static constexpr std::size_t few_jobs = 2;

  /// So often in a row at most nobody is woken.
  static constexpr std::size_t most = 1023;

  /// A job has been queued, as one of so many. Returns whether to wake a worker for it.
  bool wakes(std::size_t jobs) {
    if (left_ == 0 || jobs > few_jobs)
      return true;
    --left_;
    return false;
  }

  /// A worker that was woken sleeps again.
  void slept_again(bool worked_long) { left_ = next_ = worked_long ? 0 : std::min(2 * next_ + 1, most); }

  void job_took_long() { left_ = next_ = 0; }

private:
  std::size_t next_ = 0;
  std::size_t left_ = 0;
};

/// How late an alarm may be where the worker that keeps the time has a long job and another sleeps: that one looks so
/// long after the alarm. The shorter the more often it was needed; looking in vain costs a wake-up. Plain logic.
class recheck_backoff {
public:
  static constexpr std::chrono::milliseconds least{10};
  static constexpr std::chrono::milliseconds most{80};

  std::chrono::milliseconds now() const { return now_; }

  /// A worker has looked.
  void looked(bool in_vain) { now_ = in_vain ? std::min(2 * now_, most) : least; }

private:
  std::chrono::milliseconds now_ = least;
};

/// Jobs that wait for worker threads. The first job that a job makes is the next one of the same worker: that worker is
/// about to be free, and the data are still in its cache. So a chain of jobs, each of which makes the next, stays on
/// one thread and takes neither a lock nor a wake-up. Another worker is woken only for further jobs, and not even for
/// those while they come to little (`wake_backoff`). A job from another thread always wakes a worker.
///
/// Of the workers that sleep, one keeps the time: it wakes when an alarm is due. So a timer costs one wake-up and no
/// thread of its own. Another looks a little later (`recheck_backoff`), in case a long job keeps the first. While all
/// workers are busy, alarms wait until one is free, as their jobs would.
///
/// A worker that is about to wait in the middle of a job says so, and a spare one takes its place. When it goes on,
/// there is one too many. The next worker with nothing to do becomes the spare one, and sleeps until it is needed.
///
/// All functions are thread safe. The invariants are in scheduler.hpp.
template <class Job, class Clock = std::chrono::steady_clock>
class job_queue {
public:
  /// A worker that has been given its own next job so often takes one from the queue.
  static constexpr std::size_t most_in_a_row = 16;

  /// A job that takes longer is worth a wake-up.
  static constexpr std::chrono::microseconds long_job{50};

  using time_point = typename Clock::time_point;

  /// There are never more spare workers than this. If more workers wait, fewer are at work.
  static constexpr std::size_t most_spares = 16;

  /// No alarm is set.
  static constexpr time_point never = time_point::max();

  /// A worker's own part of the queue. Its worker is awake at first.
  class worker_slot {
  public:
    explicit worker_slot(job_queue& owner) : owner_{owner}, signal_{owner.enter()} {}
    worker_slot(const worker_slot&) = delete;
    worker_slot& operator=(const worker_slot&) = delete;
    ~worker_slot() { owner_.leave(signal_); }

  private:
    friend class job_queue;
    job_queue& owner_;
    Job* next_ = nullptr;
    std::size_t in_a_row_ = 0;
    bool woken_ = false; // by somebody, since it slept last; under the queue's lock
    std::condition_variable& signal_;
    time_point started_ = never; // when its present job began
    time_point awake_since_ = never;
  };

  /// Queues a job from any thread, and wakes a worker if one sleeps.
  void push(Job* job) {
    std::unique_lock lock{mutex_};
    jobs_.push_back(job);
    wake(std::move(lock), sleeper());
  }

  /// Queues a job again that has run on a worker and gives way to others.
  void push_again(Job* job) {
    std::unique_lock lock{mutex_};
    jobs_.push_back(job);
    if ((!sleepers_.empty() || timer_owner_ != nullptr) && wake_backoff_.wakes(jobs_.size()))
      wake(std::move(lock), sleeper());
  }

  /// Queues a job that the job at hand has made. Only the worker of `own` calls this.
  void push(worker_slot& own, Job* job) {
    if (own.next_ == nullptr)
      own.next_ = job;
    else
      push_again(job);
  }

  /// An alarm has been set that is earlier than all others. A worker that is awake sees it before it sleeps. If a long
  /// job keeps that worker, the one that looks again later sees it. So nobody is woken if there are both.
  void alarm_set() {
    std::unique_lock lock{mutex_};
    if (timer_owner_ != nullptr)
      wake(std::move(lock), std::exchange(timer_owner_, nullptr));
    else if (looking_ == 0 || awake_ == 0)
      wake(std::move(lock), sleeper());
  }

  /// The next job for the calling worker, which sleeps until there is one. Null when there is none and the queue is
  /// closed. `own` is the worker's slot. `self` is asked and told without the lock, unless said otherwise:
  /// - `self.ring(now)` does what is due, and may push jobs. It is called often.
  /// - `self.next_alarm()` says when the next alarm is due. Called under the lock.
  /// - `self.worked_long()` hears that the last job was a long one.
  /// - `self.falls_asleep()` hears that the worker is about to sleep. Called under the lock.
  template <class Worker>
  Job* pop(worker_slot& own, Worker& self) {
    const auto now = Clock::now();
    const auto took_long = now > own.started_ && now - own.started_ > long_job;
    own.started_ = now;
    if (took_long)
      self.worked_long();
    self.ring(now);
    auto* job = std::exchange(own.next_, nullptr);
    const auto has_turn = job != nullptr && ++own.in_a_row_ < most_in_a_row;
    if (has_turn && !took_long)
      return job;
    std::unique_lock lock{mutex_};
    if (took_long)
      wake_backoff_.job_took_long();
    if (!has_turn) {
      own.in_a_row_ = 0;
      if (job != nullptr)
        jobs_.push_back(job);
      job = jobs_.empty() ? wait(own, lock, self) : take();
    }
    // Only for what is left when this worker has its job: a worker that is woken in vain makes the next wake-up rarer.
    wake(std::move(lock), took_long && !jobs_.empty() ? sleeper() : nullptr);
    return job;
  }

  /// The calling worker is about to wait in the middle of a job; `own` is its slot. Returns whether another takes its
  /// place: then it calls `unblock` when it goes on. Meanwhile it pushes jobs without its slot.
  /// @param start_spare starts a new worker, and returns whether it could; called without a lock
  template <class StartSpare>
  bool block(worker_slot& own, StartSpare start_spare) {
    std::unique_lock lock{mutex_};
    if (own.next_ != nullptr)
      jobs_.push_back(std::exchange(own.next_, nullptr));
    if (surplus_ == 0 && parked_.empty() && (closed_ || spares_ == most_spares || !add_spare(lock, start_spare))) {
      wake(std::move(lock), jobs_.empty() ? nullptr : sleeper());
      return false;
    }
    --awake_;
    if (surplus_ != 0) {
      --surplus_;
      wake(std::move(lock), jobs_.empty() ? nullptr : sleeper());
    } else {
      auto* spare = parked_.back();
      parked_.pop_back();
      wake(std::move(lock), spare);
    }
    return true;
  }

  /// A worker that has waited goes on.
  void unblock() {
    const std::lock_guard lock{mutex_};
    ++awake_;
    ++surplus_;
  }

  /// Workers are to leave when there is nothing left for them to do.
  void close() {
    const std::lock_guard lock{mutex_}; // kept, unlike in `wake`: the slots must stay until all are told
    closed_ = true;
    while (auto* x = sleeper())
      parked_.push_back(x);
    for (auto* x : std::exchange(parked_, {})) {
      x->woken_ = true;
      x->signal_.notify_one();
    }
  }

  /// A job that waits, or null.
  Job* try_pop() {
    const std::lock_guard lock{mutex_};
    return jobs_.empty() ? nullptr : take();
  }

private:
  /// Sleeps until there is a job, or no more to come.
  template <class Worker>
  Job* wait(worker_slot& own, std::unique_lock<std::mutex>& lock, Worker& self) {
    Job* result = nullptr;
    while (result == nullptr && !closed_) {
      self.falls_asleep();
      const auto alarm = self.next_alarm();
      if (surplus_ != 0 && (alarm == never || timer_owner_ != nullptr))
        park(own, lock);
      else
        sleep(own, lock, alarm);
      lock.unlock();
      own.started_ = own.awake_since_ = Clock::now();
      self.ring(own.started_);
      lock.lock();
      result = std::exchange(own.next_, nullptr);
      if (result == nullptr && !jobs_.empty())
        result = take();
    }
    return result;
  }

  Job* take() {
    auto* job = jobs_.front();
    jobs_.pop_front();
    return job;
  }

  /// Adds one worker, which makes one too many until the caller waits. The lock is given up meanwhile.
  template <class StartSpare>
  bool add_spare(std::unique_lock<std::mutex>& lock, StartSpare start_spare) {
    ++spares_;
    lock.unlock();
    const bool has_started = start_spare();
    lock.lock();
    if (has_started)
      ++surplus_;
    else
      --spares_;
    return has_started;
  }

  /// Sleeps until a worker that waits needs another in its place, or the queue is closed.
  void park(worker_slot& own, std::unique_lock<std::mutex>& lock) {
    count_wake_up(own);
    --surplus_;
    --awake_;
    parked_.push_back(&own);
    own.signal_.wait(lock, [&own] { return own.woken_; });
    own.woken_ = false; // nobody has woken it for a job
    ++awake_;
  }

  /// A worker is about to sleep: whether it was worth it to wake it.
  void count_wake_up(worker_slot& own) {
    if (std::exchange(own.woken_, false))
      wake_backoff_.slept_again(own.started_ - own.awake_since_ > long_job);
  }

  /// @param alarm the next one; who sets an earlier one from now on has to take the lock to say so.
  void sleep(worker_slot& own, std::unique_lock<std::mutex>& lock, time_point alarm) {
    const auto is_woken = [&own] { return own.woken_; };
    count_wake_up(own);
    --awake_;
    if (alarm == never) {
      sleepers_.push_back(&own);
      own.signal_.wait(lock, is_woken);
    } else if (timer_owner_ == nullptr) {
      timer_owner_ = &own;
      if (!own.signal_.wait_until(lock, alarm, is_woken))
        timer_owner_ = nullptr;
    } else {
      sleepers_.push_back(&own);
      ++looking_;
      if (!own.signal_.wait_until(lock, alarm + recheck_backoff_.now(), is_woken)) {
        std::erase(sleepers_, &own);
        recheck_backoff_.looked(timer_owner_ != nullptr);
      }
      --looking_;
    }
    ++awake_;
  }

  /// A worker comes, and gets something to be woken by.
  std::condition_variable& enter() {
    const std::lock_guard lock{mutex_};
    if (free_signals_.empty()) {
      free_signals_.push_back(&signals_.emplace_back());
      free_signals_.reserve(signals_.size()); // so that `leave` cannot fail
    }
    auto& result = *free_signals_.back();
    free_signals_.pop_back();
    ++awake_;
    return result;
  }

  /// A worker goes. Somebody who has woken it may still be about to say so (`wake`), so what it was woken by stays. The
  /// next worker that gets it may then wake once for nothing.
  void leave(std::condition_variable& signal) {
    const std::lock_guard lock{mutex_};
    --awake_;
    free_signals_.push_back(&signal);
  }

  /// Whom to wake: the one that fell asleep last, and the one that keeps the time only if there is no other. Null if
  /// nobody sleeps.
  worker_slot* sleeper() {
    if (sleepers_.empty())
      return std::exchange(timer_owner_, nullptr);
    auto* last = sleepers_.back();
    sleepers_.pop_back();
    return last;
  }

  /// The lock is given up first: else the thread would wake only to wait for it. From then on the worker may leave, and
  /// its slot be gone, as a thread also wakes by itself. What it is woken by is the queue's own, and still there.
  static void wake(std::unique_lock<std::mutex> lock, worker_slot* x) {
    if (x == nullptr)
      return;
    x->woken_ = true;
    auto& signal = x->signal_;
    lock.unlock();
    signal.notify_one();
  }

  std::mutex mutex_;
  std::deque<std::condition_variable> signals_; ///< what workers are woken by; they live as long as the queue
  std::vector<std::condition_variable*> free_signals_;
  std::deque<Job*> jobs_;
  std::vector<worker_slot*> sleepers_;
  std::vector<worker_slot*> parked_;   ///< spare workers
  std::size_t spares_ = 0;             ///< workers that were started as spare ones
  std::size_t surplus_ = 0;            ///< so many workers more than needed are not parked yet
  int awake_ = 0;                      ///< workers that do not sleep
  std::size_t looking_ = 0;            ///< those that have only gone to sleep until somewhat after the next alarm
  worker_slot* timer_owner_ = nullptr; ///< the sleeper that keeps the time
  recheck_backoff recheck_backoff_;
  wake_backoff wake_backoff_;
  bool closed_ = false;
};

} // namespace sluice
