// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/credit_watch.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(credit_watch_suite)

BOOST_AUTO_TEST_CASE(what_an_input_waits_is_added_up) {
  const credit_watch::time_point begin{};
  credit_watch x{begin};
  x.look(true, begin + 100ms);
  x.look(true, begin + 150ms);
  x.look(false, begin + 200ms);
  BOOST_TEST(!x.take(begin + 200ms)); // too soon
  x.look(true, begin + 400ms);
  const auto first = x.take(begin + 500ms);
  BOOST_REQUIRE(first);
  BOOST_TEST((first->waited == 200ms));
  BOOST_TEST((first->span == 500ms));
  const auto second = x.take(begin + 1s); // it still waits
  BOOST_REQUIRE(second);
  BOOST_TEST((second->waited == 500ms));
  BOOST_TEST((second->span == 500ms));
}

BOOST_AUTO_TEST_SUITE_END()
