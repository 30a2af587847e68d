// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/tick_alarms.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using times = std::vector<std::chrono::microseconds>;

} // namespace

BOOST_AUTO_TEST_SUITE(tick_alarms)

BOOST_AUTO_TEST_CASE(one_alarm_at_a_time_where_batches_are_long) {
  sluice::tick_alarms alarms{1s};
  BOOST_TEST((alarms.wait_for(5s) == times{5s}));
  BOOST_TEST((alarms.wait_for(5s) == times{}));
  alarms.rung();
  BOOST_TEST((alarms.wait_for(6s) == times{6s}));
}

BOOST_AUTO_TEST_CASE(the_next_few_at_once_where_they_are_short) {
  sluice::tick_alarms alarms{5ms};
  BOOST_TEST((alarms.wait_for(10ms) == times{10ms, 15ms, 20ms, 25ms}));
  for (const auto t : {15ms, 20ms}) {
    alarms.rung();
    BOOST_TEST((alarms.wait_for(t) == times{}));
  }
  alarms.rung();
  BOOST_TEST((alarms.wait_for(25ms) == times{30ms, 35ms, 40ms})); // while one is left
  alarms.rung();
  BOOST_TEST((alarms.wait_for(30ms) == times{}));
}

BOOST_AUTO_TEST_CASE(an_alarm_that_rang_early_is_set_again) {
  sluice::tick_alarms alarms{1s};
  alarms.wait_for(5s);
  alarms.rung();
  BOOST_TEST((alarms.wait_for(5s) == times{5s}));
}

BOOST_AUTO_TEST_CASE(after_a_wait_for_batches_in_flight_a_tick_of_the_past_is_waited_for_by_itself) {
  sluice::tick_alarms alarms{10ms};
  BOOST_TEST((alarms.wait_for(20ms) == times{20ms, 30ms}));
  alarms.rung();
  alarms.rung(); // both while no batch could be cut
  BOOST_TEST((alarms.wait_for(20ms) == times{20ms, 30ms}));
  alarms.rung();
  BOOST_TEST((alarms.wait_for(20ms) == times{20ms}));
}

BOOST_AUTO_TEST_CASE(an_alarm_of_nobody_is_ignored) {
  sluice::tick_alarms alarms{1s};
  alarms.rung();
  BOOST_TEST((alarms.wait_for(5s) == times{5s}));
}

BOOST_AUTO_TEST_SUITE_END()
