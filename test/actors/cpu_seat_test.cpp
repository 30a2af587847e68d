// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/scheduler/cpu_seat.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include <sched.h>

#include <sluice/actors/scheduler/this_thread_cpu.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t cpus = 3;

using time_point = std::chrono::steady_clock::time_point;

/// A worker whose thread runs where a test or a move has put it, if it can be moved.
struct worker {
  std::size_t cpu = 0;
  bool can_move = true;
  std::size_t moves = 0;
  cpu_seat seat;

  void work(cpu_seats& all, time_point now) {
    struct thread {
      worker& of;
      time_point time;

      std::size_t cpu() const { return of.cpu; }
      time_point now() const { return time; }
      void move(const std::function<bool(std::size_t)>& is_allowed) const {
        ++of.moves;
        for (std::size_t x = cpus; x-- != 0;)
          if (of.can_move && is_allowed(x))
            of.cpu = x;
      }
    };
    seat.take(all, thread{*this, now});
  }
};

struct fixture {
  cpu_seats all{cpus};
  worker a;
  worker b;
  time_point now{1h};

  void work(worker& x) { x.work(all, now); }

  /// Is at work until sharing a CPU is worth a move.
  void work_on(worker& x) {
    work(x);
    now += sluice::cpu_seat::worth_a_move;
    work(x);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cpu_seat, fixture)

BOOST_AUTO_TEST_CASE(who_is_alone_stays) {
  a.cpu = 1;
  work_on(a);
  BOOST_TEST(a.cpu == 1);
  BOOST_TEST(a.moves == 0);
  BOOST_TEST(!all.is_free(1));
}

BOOST_AUTO_TEST_CASE(who_shares_for_a_while_moves_to_a_free_cpu) {
  work(a);
  work(b);
  now += sluice::cpu_seat::worth_a_move - 1us;
  work(b);
  BOOST_TEST(b.moves == 0);
  now += 1us;
  work(b);
  BOOST_TEST(b.cpu == 1);
  work_on(b);
  BOOST_TEST(b.moves == 1);
  BOOST_TEST(a.cpu == 0);
  BOOST_TEST(!all.is_free(0));
  BOOST_TEST(!all.is_free(1));
}

BOOST_AUTO_TEST_CASE(who_sleeps_in_between_does_not_share_for_long) {
  work(a);
  for (int i = 0; i < 3; ++i) {
    work(b);
    now += sluice::cpu_seat::worth_a_move;
    b.seat.leave(all);
  }
  BOOST_TEST(b.moves == 0);
  BOOST_TEST(!all.is_free(0));
}

BOOST_AUTO_TEST_CASE(who_has_been_alone_in_between_begins_anew) {
  work(a);
  work(b);
  b.cpu = 2;
  work(b);
  now += sluice::cpu_seat::worth_a_move;
  b.cpu = 0;
  work(b);
  BOOST_TEST(b.moves == 0);
  BOOST_TEST(all.is_free(2));
}

BOOST_AUTO_TEST_CASE(who_sleeps_is_in_nobodys_way) {
  work(a);
  a.seat.leave(all);
  a.seat.leave(all);
  BOOST_TEST(all.is_free(0));
  work_on(b);
  BOOST_TEST(b.moves == 0);
  work_on(a);
  BOOST_TEST(a.moves == 1);
}

BOOST_AUTO_TEST_CASE(who_was_moved_by_the_kernel_gives_back_where_it_was) {
  work(a);
  a.cpu = 2;
  work(a);
  BOOST_TEST(a.moves == 0);
  BOOST_TEST(all.is_free(0));
  BOOST_TEST(!all.is_free(2));
}

BOOST_AUTO_TEST_CASE(with_more_workers_than_cpus_nobody_moves) {
  cpu_seats one{1};
  a.work(one, now);
  b.work(one, now);
  b.work(one, now + 1s);
  BOOST_TEST(b.moves == 0);
  a.seat.leave(one);
  b.work(one, now + 2s);
  BOOST_TEST(!one.is_free(0));
}

BOOST_AUTO_TEST_CASE(who_cannot_be_moved_tries_now_and_then_and_leaves_nothing_behind) {
  b.can_move = false;
  work(a);
  work_on(b);
  BOOST_TEST(b.moves == 1);
  work(b);
  BOOST_TEST(b.moves == 1);
  b.seat.leave(all);
  BOOST_TEST(!all.is_free(0));
  a.seat.leave(all);
  work(b);
  BOOST_TEST(!all.is_free(0));
}

BOOST_AUTO_TEST_CASE(a_kernel_that_does_not_say_where_changes_nothing) {
  a.cpu = static_cast<std::size_t>(-1);
  a.can_move = false;
  work_on(a);
  a.seat.leave(all);
  for (std::size_t cpu = 0; cpu < cpus; ++cpu)
    BOOST_TEST(all.is_free(cpu));
}

BOOST_AUTO_TEST_CASE(a_thread_moves_and_may_run_everywhere_again) {
  std::thread{[] {
    const auto allowed = [] {
      cpu_set_t result;
      BOOST_REQUIRE(sched_getaffinity(0, sizeof result, &result) == 0);
      return result;
    };
    const auto before = allowed();
    for (std::size_t cpu = 0; cpu < cpu_seats::most; ++cpu) {
      if (!CPU_ISSET(cpu, &before))
        continue;
      // The kernel may move it on at once, but not every time.
      auto is_there = false;
      for (int i = 0; i < 1000 && !is_there; ++i) {
        this_thread_cpu::move([cpu](std::size_t x) { return x == cpu; });
        is_there = this_thread_cpu::cpu() == cpu;
      }
      BOOST_TEST(is_there);
      const auto after = allowed();
      BOOST_TEST(CPU_EQUAL(&before, &after));
    }
    this_thread_cpu::move([](std::size_t) { return false; });
    const auto after = allowed();
    BOOST_TEST(CPU_EQUAL(&before, &after));
  }}.join();
}

BOOST_AUTO_TEST_CASE(of_many_threads_only_one_has_a_seat) {
  constexpr std::size_t seats = 3;
  cpu_seats shared{seats};
  std::array<std::atomic<int>, seats> sitting{};
  std::atomic<bool> is_crowded = false;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (std::size_t n = 0; n < 2'000; ++n) {
        const auto cpu = (i + n) % seats;
        if (!shared.take(cpu))
          continue;
        if (++sitting[cpu] != 1)
          is_crowded = true;
        --sitting[cpu];
        shared.give_back(cpu);
      }
    });
  for (auto& x : threads)
    x.join();
  BOOST_TEST(!is_crowded);
  BOOST_TEST(shared.any_free());
  for (std::size_t cpu = 0; cpu < seats; ++cpu)
    BOOST_TEST(shared.is_free(cpu));
}

BOOST_AUTO_TEST_SUITE_END()
