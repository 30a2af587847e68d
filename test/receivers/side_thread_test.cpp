// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/side_thread.hpp>

#include <sluice/actors/os/errands.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(texts)

BOOST_AUTO_TEST_SUITE(side_thread_)

BOOST_AUTO_TEST_CASE(functions_run_in_order_on_another_thread_also_after_its_end) {
  std::vector<int> done; // by that thread only, until it has ended
  real_side_threads threads;
  auto thread = threads.start("a");
  for (auto i = 0; i < 1000; ++i)
    thread->post([&done, i] { done.push_back(i); });
  thread.reset();
  BOOST_TEST(threads.wait(10s).empty());
  BOOST_TEST(done.size() == 1000U);
  BOOST_TEST(std::ranges::is_sorted(done));
}

BOOST_AUTO_TEST_CASE(a_thread_that_does_not_end_is_named_and_left_behind) {
  const auto held = std::make_shared<std::atomic<bool>>(true);
  auto threads = std::make_unique<real_side_threads>();
  threads->start("quick")->post([] {});
  threads->start("slow")->post([held] { held->wait(true); });
  BOOST_TEST(threads->wait(50ms) == texts{"slow"});
  threads.reset();
  BOOST_TEST(real_side_threads::running() == 1U);
  *held = false;
  held->notify_all();
  while (real_side_threads::running() != 0)
    std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(an_answer_comes_where_the_owner_takes_it) {
  real_side_threads threads;
  std::atomic<bool> woken = false;
  errands away{threads.start("a"), [&woken] {
                 woken = true;
                 woken.notify_all();
               }};
  std::thread::id there;
  std::thread::id here;
  away.send([] { return std::this_thread::get_id(); },
            [&](std::thread::id x) {
              there = x;
              here = std::this_thread::get_id();
            });
  woken.wait(false);
  BOOST_TEST((here == std::thread::id{}));
  away.take_answers();
  BOOST_TEST((here == std::this_thread::get_id()));
  BOOST_TEST((there != here));
}

BOOST_AUTO_TEST_CASE(without_a_thread_all_happens_at_once) {
  errands away{nullptr, {}};
  auto answer = 0;
  away.send([] { return 7; }, [&answer](int x) { answer = x; });
  BOOST_TEST(answer == 7);
  BOOST_TEST(away.are_done_here());
}

BOOST_AUTO_TEST_CASE(whoever_has_gone_is_neither_woken_nor_answered) {
  real_side_threads threads;
  const auto held = std::make_shared<std::atomic<bool>>(true);
  auto answers = 0;
  {
    errands away{threads.start("a"), [&answers] { ++answers; }};
    away.send(
        [held] {
          held->wait(true);
          return 0;
        },
        [&answers](int) { ++answers; });
  }
  *held = false;
  held->notify_all();
  BOOST_TEST(threads.wait(10s).empty());
  BOOST_TEST(answers == 0);
}

BOOST_AUTO_TEST_SUITE_END()
