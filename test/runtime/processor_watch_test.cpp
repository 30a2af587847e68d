// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/processor_watch.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(processor_watch_suite)

BOOST_AUTO_TEST_CASE(what_this_process_uses_is_told_from_what_others_use) {
  processor_watch x;
  BOOST_TEST(!x.look());
  for (const auto end = std::chrono::steady_clock::now() + 700ms; std::chrono::steady_clock::now() < end;) {
  }
  const auto use = x.look();
  BOOST_REQUIRE(use);
  BOOST_TEST(use->own > 0.02);
  BOOST_TEST(use->own < 1.1);
  BOOST_TEST(use->others >= 0);
  BOOST_TEST(use->others < use->cores + 0.5);
  BOOST_TEST(!x.look()); // too soon
}

BOOST_AUTO_TEST_SUITE_END()
