// SPDX-License-Identifier: BSD-3-Clause
//
// Of a job queue: workers that wait in the middle of a job, and those that take their place.
#include <sluice/actors/scheduler/job_queue.hpp>

#include "no_alarms.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

using namespace sluice;

namespace {

struct job;
using jobs = job_queue<job>;
using no_alarms = test::no_alarms<jobs>;

struct job {
  std::function<void(jobs::worker_slot&)> work;
};

/// Starts no worker.
constexpr auto no_spare = [] { return false; };

/// Workers on threads of their own, until the queue is closed.
class crew {
public:
  explicit crew(jobs& queue) : queue_{queue} {}
  ~crew() {
    queue_.close();
    for (std::size_t i = 0; i < size(); ++i)
      at(i).thread.join();
  }

  bool add() {
    const std::lock_guard lock{mutex_};
    auto& added = members_.emplace_back(queue_);
    added.thread = std::thread{[this, &added] {
      no_alarms none;
      while (auto* next = queue_.pop(added.worker_slot, none))
        next->work(added.worker_slot);
    }};
    return true;
  }

  std::size_t size() {
    const std::lock_guard lock{mutex_};
    return members_.size();
  }

private:
  struct member {
    explicit member(jobs& queue) : worker_slot{queue} {}

    jobs::worker_slot worker_slot;
    std::thread thread;
  };

  member& at(std::size_t i) {
    const std::lock_guard lock{mutex_};
    return members_[i];
  }

  jobs& queue_;
  std::mutex mutex_;
  std::deque<member> members_;
};

/// Passed once, by those who wait for it too.
class gate {
public:
  void open() {
    open_ = true;
    open_.notify_all();
  }
  void wait() const { open_.wait(false); }

private:
  std::atomic<bool> open_ = false;
};

struct fixture {
  jobs queue;
  jobs::worker_slot own{queue};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(spare_workers, fixture)

BOOST_AUTO_TEST_CASE(what_a_worker_that_waits_has_made_is_done_by_a_spare_one) {
  gate done;
  std::deque<job> tasks(2);
  crew all{queue};
  tasks[0].work = [&](jobs::worker_slot&) { done.open(); };
  tasks[1].work = [&](jobs::worker_slot& mine) {
    queue.push(mine, &tasks[0]); // its own next one
    if (!queue.block(mine, [&] { return all.add(); }))
      return;
    done.wait();
    queue.unblock();
  };
  all.add();
  queue.push(&tasks[1]);
  done.wait();
  BOOST_TEST(all.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_spare_worker_serves_again_and_again) {
  constexpr std::size_t times = 200;
  std::deque<gate> done(times);
  std::deque<gate> returned(times);
  std::deque<job> tasks(2 * times);
  crew all{queue};
  all.add();
  for (std::size_t i = 0; i < times; ++i) {
    auto& other = tasks[2 * i];
    auto& waiting = tasks[2 * i + 1];
    other.work = [&, i](jobs::worker_slot&) { done[i].open(); };
    waiting.work = [&, i](jobs::worker_slot& mine) {
      const auto is_replaced = queue.block(mine, [&] { return all.add(); });
      queue.push(&other);
      done[i].wait();
      if (is_replaced)
        queue.unblock();
      returned[i].open();
    };
    queue.push(&waiting);
    returned[i].wait();
  }
  BOOST_TEST(all.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_worker_that_cannot_be_replaced_leaves_what_it_has_made_to_the_others) {
  gate done;
  std::deque<job> tasks(2);
  crew all{queue};
  tasks[0].work = [&](jobs::worker_slot&) { done.open(); };
  tasks[1].work = [&](jobs::worker_slot& mine) {
    queue.push(mine, &tasks[0]);
    if (!queue.block(mine, no_spare))
      done.wait();
  };
  all.add();
  all.add();
  queue.push(&tasks[1]);
  done.wait();
  BOOST_TEST(all.size() == 2U);
}

BOOST_AUTO_TEST_CASE(there_are_so_many_spare_workers_and_no_more) {
  std::size_t started = 0;
  const auto count = [&started] { return ++started != 0; };
  for (std::size_t i = 0; i < jobs::most_spares; ++i)
    BOOST_TEST(queue.block(own, count));
  BOOST_TEST(!queue.block(own, count));
  BOOST_TEST(started == jobs::most_spares);
  queue.unblock();
  BOOST_TEST(queue.block(own, count)); // by the one that is too many
  BOOST_TEST(started == jobs::most_spares);
}

BOOST_AUTO_TEST_CASE(where_the_queue_is_closed_no_spare_worker_is_started) {
  queue.close();
  BOOST_TEST(!queue.block(own, [] { return true; }));
}

BOOST_AUTO_TEST_CASE(a_worker_too_many_does_not_wake_for_jobs) {
  struct : no_alarms {
    std::atomic<int> sleeps = 0;
    void falls_asleep() { ++sleeps; }
  } alarm;
  BOOST_TEST(queue.block(own, [] { return true; }));
  queue.unblock();
  job a;
  auto* last = &a;
  std::thread spare{[&] {
    jobs::worker_slot mine{queue};
    last = queue.pop(mine, alarm);
  }};
  while (alarm.sleeps == 0)
    std::this_thread::yield();
  queue.push(&a); // takes the lock, which the other gives up when it sleeps
  BOOST_TEST(queue.pop(own, alarm) == &a);
  BOOST_TEST(alarm.sleeps == 1);
  queue.close();
  spare.join();
  BOOST_TEST(last == nullptr);
}

BOOST_AUTO_TEST_CASE(workers_that_wait_now_and_then_do_every_job_once) {
  constexpr std::size_t chains = 8;
  constexpr std::size_t steps = 2'000;
  std::atomic<std::size_t> done = 0;
  gate end;
  std::deque<job> tasks(chains);
  crew all{queue};
  for (auto& each : tasks)
    each.work = [&](jobs::worker_slot& mine) {
      const auto step = done.fetch_add(1) + 1;
      if (step % 7 == 0 && queue.block(mine, [&] { return all.add(); })) {
        std::this_thread::yield();
        queue.unblock();
      }
      if (step + chains <= chains * steps)
        step % 3 == 0 ? queue.push(&each) : queue.push(mine, &each);
      else if (step == chains * steps)
        end.open();
    };
  all.add();
  all.add();
  for (auto& each : tasks)
    queue.push(&each);
  end.wait();
  BOOST_TEST(done == chains * steps);
  BOOST_TEST(all.size() <= 2 + jobs::most_spares);
}

BOOST_AUTO_TEST_SUITE_END()
