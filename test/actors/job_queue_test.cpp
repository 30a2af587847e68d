// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/job_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct job {
  std::string name;
  std::function<void()> run = {};
};

using jobs = job_queue<job>;

/// No alarm is ever set.
struct no_alarms {
  jobs::time_point next() const { return jobs::never; }
  void ring() {}
};

/// One that is due at once, and rings once.
struct one_alarm {
  std::function<void()> what;
  jobs::time_point next() const { return what ? jobs::time_point{} : jobs::never; }
  void ring() {
    if (const auto f = std::exchange(what, {}))
      f();
  }
};

struct fixture {
  jobs queue;
  jobs::lane own;
  no_alarms none;
  job a{"a"};
  job b{"b"};
  job c{"c"};

  std::string pop() { return queue.pop(own, none)->name; }
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

BOOST_AUTO_TEST_CASE(a_worker_that_leaves_leaves_its_next_job_to_others) {
  queue.push(own, &a);
  BOOST_TEST(queue.try_pop() == nullptr);
  queue.leave(own);
  queue.leave(own);
  BOOST_TEST(queue.try_pop() == &a);
  BOOST_TEST(queue.try_pop() == nullptr);
}

BOOST_AUTO_TEST_CASE(what_an_alarm_makes_comes_before_what_waits) {
  queue.push(&a);
  one_alarm alarm{[this] { queue.push(own, &b); }};
  BOOST_TEST(queue.pop(own, alarm)->name == "b");
  BOOST_TEST(queue.pop(own, alarm)->name == "a");
}

BOOST_AUTO_TEST_CASE(a_worker_sleeps_until_an_alarm_is_due) {
  // It is due, but rings only when the worker looks again, after it has slept for no time.
  struct late_alarm : one_alarm {
    bool has_slept = false;
    void ring() {
      if (std::exchange(has_slept, true))
        one_alarm::ring();
    }
  } alarm{{[this] { queue.push(own, &a); }}};
  BOOST_TEST(queue.pop(own, alarm)->name == "a");
}

BOOST_AUTO_TEST_CASE(a_sleeping_worker_that_keeps_the_time_is_woken_for_a_job_and_for_an_earlier_alarm) {
  // An hour from now, by far.
  struct far_alarm {
    std::atomic<bool>* looked;
    std::atomic<bool>* earlier;
    std::function<void()> what;
    jobs::time_point next() const {
      *looked = true;
      return std::chrono::steady_clock::now() + 1h;
    }
    void ring() {
      if (*earlier)
        what();
    }
  };
  for (const auto by_alarm : {false, true}) {
    std::atomic<bool> looked = false;
    std::atomic<bool> earlier = false;
    std::thread worker{[&] {
      far_alarm alarm{&looked, &earlier, [this] { queue.push(own, &a); }};
      BOOST_TEST(queue.pop(own, alarm)->name == "a");
    }};
    while (!looked)
      std::this_thread::yield();
    if (by_alarm) {
      earlier = true;
      queue.alarm_set();
    } else {
      queue.push(&a);
    }
    worker.join();
  }
}

BOOST_AUTO_TEST_CASE(many_workers_do_every_job_once_and_none_sleeps_for_ever) {
  constexpr std::size_t chains = 8;
  constexpr std::size_t steps = 5'000;
  std::atomic<std::size_t> done = 0;
  job end{"end"};
  const auto work = [&] {
    jobs::lane mine;
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
    queue.leave(mine);
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
