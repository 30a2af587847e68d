// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/scheduler/job_queue.hpp>

#include "no_alarms.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct job {
  std::string name;
};

/// Stands still unless a test says otherwise.
struct slow_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  static constexpr bool is_steady = true;
  using time_point = std::chrono::time_point<slow_clock, duration>;
  static time_point now() { return time; }
  static inline time_point time{duration{1}};
};

using jobs = job_queue<job>;
using no_alarms = test::no_alarms<jobs>;
using slow_jobs = job_queue<job, slow_clock>;

/// A worker that waits for one job.
class sleeper {
public:
  explicit sleeper(jobs& queue) : own_{queue}, thread_{[this, &queue] { job_ = queue.pop(own_, none_); }} {}

  job* wait() {
    thread_.join();
    return job_;
  }

private:
  jobs::worker_slot own_;
  no_alarms none_;
  job* job_ = nullptr;
  std::thread thread_;
};

struct fixture {
  jobs queue;
  jobs::worker_slot own{queue};
  no_alarms none;
  job a{"a"};
  job b{"b"};
  job c{"c"};

  std::string pop() { return queue.pop(own, none)->name; }
};

/// A worker on a thread of its own, until the queue is closed. It waits for an alarm in an hour; where it looks whether
/// it is due, it can be held.
class clock_watcher {
public:
  explicit clock_watcher(jobs& queue) : queue_{queue}, thread_{[this] { run(); }} {}
  ~clock_watcher() { thread_.join(); }

  void ring(jobs::time_point) {
    ++looks;
    while (is_held)
      std::this_thread::yield();
  }
  jobs::time_point next_alarm() const { return has_alarm ? std::chrono::steady_clock::now() + 1h : jobs::never; }
  void worked_long() {}
  void falls_asleep() { ++sleeps; }

  /// Until it has fallen asleep so often, and sleeps.
  void wait_for_sleep(int times) const {
    while (sleeps < times)
      std::this_thread::yield();
    queue_.try_pop(); // takes the lock, which it gives up when it sleeps
  }

  std::atomic<bool> has_alarm = true;
  std::atomic<bool> is_held = false;
  std::atomic<int> looks = 0;
  std::atomic<int> sleeps = 0;

private:
  void run() {
    jobs::worker_slot mine{queue_};
    while (queue_.pop(mine, *this) != nullptr) {
    }
  }

  jobs& queue_;
  std::thread thread_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(job_queue, fixture)

BOOST_AUTO_TEST_CASE(jobs_come_out_in_the_order_in_which_they_went_in) {
  queue.push(&a);
  queue.push(&b);
  BOOST_TEST(pop() == "a");
  BOOST_TEST(pop() == "b");
  BOOST_TEST(queue.try_pop() == nullptr);
}

BOOST_AUTO_TEST_CASE(the_first_job_that_a_worker_makes_is_its_own_next_one) {
  queue.push(&a);
  queue.push(own, &b);
  queue.push(own, &c);
  BOOST_TEST(pop() == "b");
  BOOST_TEST(pop() == "a");
  BOOST_TEST(pop() == "c");
}

BOOST_AUTO_TEST_CASE(a_worker_that_keeps_making_jobs_for_itself_lets_others_have_their_turn) {
  queue.push(&a);
  std::size_t before = 0;
  for (queue.push(own, &b); pop() == "b"; queue.push(own, &b))
    ++before;
  BOOST_TEST(before < jobs::most_in_a_row);
  BOOST_TEST(before > 1U);
  BOOST_TEST(pop() == "b");
}

BOOST_AUTO_TEST_CASE(when_the_queue_is_closed_workers_leave_once_there_is_nothing_left) {
  queue.push(&a);
  queue.push(own, &b);
  queue.close();
  BOOST_TEST(pop() == "b");
  BOOST_TEST(pop() == "a");
  BOOST_TEST(queue.pop(own, none) == nullptr);
  queue.push(&c);
  BOOST_TEST(queue.try_pop() == &c);
  BOOST_TEST(queue.try_pop() == nullptr);
}

BOOST_AUTO_TEST_CASE(workers_that_sleep_leave_when_the_queue_is_closed) {
  struct : no_alarms {
    std::atomic<int> asleep = 0;
    jobs::time_point next_alarm() const { return std::chrono::steady_clock::now() + 1h; }
    void falls_asleep() { ++asleep; }
  } alarm;
  std::vector<std::thread> workers;
  std::array<job*, 3> last{&a, &a, &a};
  for (auto& mine_last : last)
    workers.emplace_back([&] {
      jobs::worker_slot mine{queue};
      mine_last = queue.pop(mine, alarm);
    });
  while (alarm.asleep < 3)
    std::this_thread::yield();
  queue.close();
  for (auto& worker : workers)
    worker.join();
  BOOST_TEST((last == std::array<job*, 3>{}));
}

BOOST_AUTO_TEST_CASE(a_worker_may_leave_while_somebody_still_wakes_it) {
  // ThreadSanitizer is the judge of this one.
  for (int i = 0; i < 100; ++i) {
    struct : no_alarms {
      std::atomic<bool> sleeps = false;
      void falls_asleep() { sleeps = true; }
    } leaving;
    std::thread worker{[&] {
      jobs::worker_slot mine{queue};
      queue.pop(mine, leaving);
    }};
    while (!leaving.sleeps)
      std::this_thread::yield();
    queue.push(&a);
    worker.join();
  }
}

BOOST_AUTO_TEST_CASE(a_job_that_took_long_does_not_cost_the_next_one_its_turn) {
  struct : no_alarms {
    int long_ones = 0;
    slow_jobs::time_point next_alarm() const { return slow_jobs::never; }
    void worked_long() { ++long_ones; }
  } nothing;
  slow_jobs slow;
  slow_jobs::worker_slot mine{slow};
  slow.push(&a);
  slow.push(mine, &b);
  BOOST_TEST(slow.pop(mine, nothing)->name == "b");
  slow.push(mine, &c);
  BOOST_TEST(nothing.long_ones == 0);
  slow_clock::time += 1s;
  BOOST_TEST(slow.pop(mine, nothing)->name == "c");
  BOOST_TEST(nothing.long_ones == 1);
  BOOST_TEST(slow.pop(mine, nothing)->name == "a");
}

BOOST_AUTO_TEST_CASE(what_an_alarm_makes_comes_before_what_waits) {
  struct : no_alarms {
    std::function<void()> what;
    void ring(jobs::time_point) {
      if (const auto f = std::exchange(what, {}))
        f();
    }
  } alarm;
  alarm.what = [this] { queue.push(own, &b); };
  queue.push(&a);
  BOOST_TEST(queue.pop(own, alarm)->name == "b");
  BOOST_TEST(queue.pop(own, alarm)->name == "a");
}

BOOST_AUTO_TEST_CASE(a_worker_with_nothing_to_do_waits_for_the_next_alarm) {
  // One that is due already rings when the worker has slept for no time, and makes the job.
  struct : no_alarms {
    std::function<void()> what;
    int looked = 0;
    int sleeps = 0;
    jobs::time_point next_alarm() const { return jobs::time_point{}; }
    void falls_asleep() { ++sleeps; }
    void ring(jobs::time_point) {
      if (++looked == 3)
        what();
    }
  } alarm;
  alarm.what = [this] { queue.push(own, &a); };
  BOOST_TEST(queue.pop(own, alarm)->name == "a");
  BOOST_TEST(alarm.sleeps == 2);
  queue.push(&b);
  BOOST_TEST(queue.pop(own, alarm)->name == "b");
  BOOST_TEST(alarm.sleeps == 2);
}

BOOST_AUTO_TEST_CASE(who_keeps_the_time_is_woken_for_a_job_and_for_an_earlier_alarm) {
  struct distant : no_alarms {
    std::atomic<bool>* looked;
    std::atomic<bool>* is_due;
    std::function<void()> what;
    jobs::time_point next_alarm() const {
      *looked = true;
      return std::chrono::steady_clock::now() + 1h;
    }
    void ring(jobs::time_point) {
      if (*is_due)
        what();
    }
  };
  for (const auto by_alarm : {false, true}) {
    std::atomic<bool> looked = false;
    std::atomic<bool> is_due = false;
    job* done = nullptr;
    std::thread worker{[&] {
      distant alarm{{}, &looked, &is_due, [this] { queue.push(own, &a); }};
      done = queue.pop(own, alarm);
    }};
    while (!looked)
      std::this_thread::yield();
    if (by_alarm) {
      is_due = true;
      queue.alarm_set();
    } else {
      queue.push(&a);
    }
    worker.join();
    BOOST_TEST(done == &a);
  }
}

BOOST_AUTO_TEST_CASE(an_alarm_wakes_nobody_where_one_is_awake_and_another_looks_later) {
  jobs watched;
  clock_watcher keeper{watched};
  keeper.wait_for_sleep(1);
  clock_watcher other{watched};
  other.wait_for_sleep(1);
  keeper.is_held = true;
  watched.alarm_set();
  while (keeper.looks == 1) // the first time was before it slept
    std::this_thread::yield();
  watched.alarm_set(); // the keeper is awake, and will see it
  keeper.is_held = false;
  keeper.wait_for_sleep(2);
  watched.alarm_set(); // and again is who is woken
  keeper.wait_for_sleep(3);
  BOOST_TEST(other.sleeps == 1);
  watched.close();
}

BOOST_AUTO_TEST_CASE(an_alarm_wakes_a_worker_where_all_sleep_and_none_keeps_the_time) {
  jobs watched;
  clock_watcher keeper{watched};
  keeper.wait_for_sleep(1);
  clock_watcher other{watched}; // looks later
  other.wait_for_sleep(1);
  keeper.has_alarm = false; // the one that there was is not there any more
  watched.alarm_set();
  keeper.wait_for_sleep(2);
  keeper.has_alarm = true;
  watched.alarm_set();
  keeper.wait_for_sleep(3);
  watched.close();
}

BOOST_AUTO_TEST_CASE(one_that_looks_later_does_so_the_later_the_more_often_it_was_in_vain) {
  recheck_backoff now;
  std::vector<std::chrono::milliseconds> all;
  for (const auto in_vain : {true, true, true, true, false, true}) {
    all.push_back(now.now());
    now.looked(in_vain);
  }
  BOOST_TEST((all == std::vector{10ms, 20ms, 40ms, 80ms, 80ms, 10ms}));
}

BOOST_AUTO_TEST_CASE(a_job_from_elsewhere_always_wakes_a_worker) {
  for (int i = 0; i < 100; ++i) {
    sleeper other{queue};
    queue.push(&a);
    BOOST_TEST(other.wait()->name == "a");
  }
}

BOOST_AUTO_TEST_CASE(a_worker_is_woken_for_the_second_job_that_a_job_makes) {
  sleeper other{queue};
  queue.push(own, &a);
  queue.push(own, &b);
  BOOST_TEST(other.wait()->name == "b");
  BOOST_TEST(pop() == "a");
}

BOOST_AUTO_TEST_CASE(nobody_is_woken_for_a_while_after_wake_ups_for_little) {
  wake_backoff now;
  BOOST_TEST(now.wakes(1));
  BOOST_TEST(now.wakes(1));
  const auto for_little = [&now] {
    now.slept_again(false);
    std::size_t skipped = 0;
    while (!now.wakes(1))
      ++skipped;
    return skipped;
  };
  for (std::size_t expected = 1; expected < wake_backoff::most; expected = 2 * expected + 1)
    BOOST_TEST(for_little() == expected);
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(for_little() == wake_backoff::most);
}

BOOST_AUTO_TEST_CASE(a_worker_is_woken_all_the_same_where_many_jobs_wait) {
  wake_backoff now;
  now.slept_again(false);
  BOOST_TEST(now.wakes(wake_backoff::few_jobs + 1));
  BOOST_TEST(!now.wakes(wake_backoff::few_jobs));
}

BOOST_AUTO_TEST_CASE(workers_are_woken_again_when_one_was_for_long_or_a_job_took_long) {
  for (const auto worked : {false, true}) {
    wake_backoff now;
    for (int i = 0; i < 4; ++i)
      now.slept_again(false);
    BOOST_TEST(!now.wakes(1));
    if (worked)
      now.slept_again(true);
    else
      now.job_took_long();
    BOOST_TEST(now.wakes(1));
    now.slept_again(false);
    BOOST_TEST(!now.wakes(1)); // and begins with one
    BOOST_TEST(now.wakes(1));
  }
}

BOOST_AUTO_TEST_CASE(a_worker_that_was_woken_for_a_short_job_is_not_woken_for_the_next_one) {
  struct counting : no_alarms {
    std::atomic<int> sleeps = 0;
    slow_jobs::time_point next_alarm() const { return slow_jobs::never; }
    void falls_asleep() { ++sleeps; }
  };
  for (const auto is_long : {false, true}) {
    slow_jobs slow;
    slow_jobs::worker_slot busy{slow}; // of a worker whose job makes all jobs
    slow.push(busy, &a);
    counting other;
    std::array<job*, 2> done{};
    std::thread worker{[&] {
      slow_jobs::worker_slot mine{slow};
      done[0] = slow.pop(mine, other);
      if (is_long)
        slow_clock::time += 1s;
      done[1] = slow.pop(mine, other);
    }};
    const auto wait_for_sleep = [&](int times) {
      while (other.sleeps != times)
        std::this_thread::yield();
    };
    wait_for_sleep(1);
    slow.push(busy, &b);
    wait_for_sleep(2);
    slow.push(busy, &c);
    if (!is_long) {
      BOOST_TEST(slow.try_pop() == &c);
      slow.push(&c); // from elsewhere
    }
    worker.join();
    BOOST_TEST((done == std::array{&b, &c}));
  }
}

BOOST_AUTO_TEST_CASE(many_workers_do_every_job_once_and_none_sleeps_for_ever) {
  constexpr std::size_t chains = 8;
  constexpr std::size_t steps = 5'000;
  std::atomic<std::size_t> done = 0;
  job end{"end"};
  const auto work = [&] {
    jobs::worker_slot mine{queue};
    no_alarms nothing;
    for (auto* next = queue.pop(mine, nothing); next != &end; next = queue.pop(mine, nothing)) {
      // Every third step is for whoever comes first.
      const auto step = done.fetch_add(1);
      if (step + chains < chains * steps)
        step % 3 == 0 ? queue.push(next) : queue.push(mine, next);
      else if (step + 1 == chains * steps)
        for (int i = 0; i < 4; ++i)
          queue.push(&end);
    }
  };
  std::array<job, chains> all;
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i)
    workers.emplace_back(work);
  for (auto& x : all)
    queue.push(&x);
  for (auto& x : workers)
    x.join();
  BOOST_TEST(done == chains * steps);
}

BOOST_AUTO_TEST_SUITE_END()
