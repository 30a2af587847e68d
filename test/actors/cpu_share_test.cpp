// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/cpu_share.hpp>

#include <chrono>

#include <time.h>

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using sluice::detail::bounded_thread;
using sluice::detail::cpu_share;

namespace {

double cpu_seconds_of_this_thread() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cpu_share_suite)

BOOST_AUTO_TEST_CASE(lets_a_thread_work_that_stays_within_its_share) {
  cpu_share share{{.share = 0.25, .burst = 10ms}, 5ms, 100ms};
  BOOST_TEST(share.rest(15ms, 110ms).count() == 0); // the burst
  BOOST_TEST(share.rest(20ms, 130ms).count() == 0); // what it has earned meanwhile
  BOOST_TEST(share.rest(25ms, 150ms).count() == 0);
}

BOOST_AUTO_TEST_CASE(the_rest_pays_for_what_was_used) {
  cpu_share share{{.share = 0.25, .burst = 10ms}, 0ms, 0ms};
  BOOST_TEST(share.rest(30ms, 30ms).count() == std::chrono::nanoseconds{80ms}.count());
  BOOST_TEST(share.rest(30ms, 110ms).count() == 0);
  BOOST_TEST(share.rest(31ms, 110ms).count() == std::chrono::nanoseconds{4ms}.count());
}

BOOST_AUTO_TEST_CASE(earns_no_more_than_a_burst) {
  cpu_share share{{.share = 0.5, .burst = 1ms}, 0ms, 0ms};
  BOOST_TEST(share.rest(0ms, 1h).count() == 0);
  BOOST_TEST(share.rest(3ms, 1h).count() == std::chrono::nanoseconds{4ms}.count());
}

BOOST_AUTO_TEST_CASE(a_thread_that_only_works_gets_its_share_of_the_time) {
  using clock = std::chrono::steady_clock;
  const auto start = clock::now();
  const auto used = cpu_seconds_of_this_thread();
  bounded_thread thread{{.share = 0.1, .burst = 1ms}};
  while (cpu_seconds_of_this_thread() < used + 0.02)
    thread.rest();
  BOOST_TEST((clock::now() - start >= 150ms)); // 190 ms but for the last piece of work, which is paid for after it
}

BOOST_AUTO_TEST_SUITE_END()
