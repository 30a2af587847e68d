// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/node/pause_watch.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(pause_watch_)

BOOST_AUTO_TEST_CASE(a_tick_that_comes_in_time_or_a_little_late_is_no_pause) {
  pause_watch watch{100s};
  for (const auto now : {101'000ms, 102'500ms, 103'500ms, 106'400ms, 106'500ms})
    BOOST_TEST(!watch.look(now).has_value());
  BOOST_TEST(!watch.last(107s, 1h).has_value());
}

BOOST_AUTO_TEST_CASE(a_tick_that_comes_much_too_late_is_one) {
  pause_watch watch{100s};
  BOOST_TEST(!watch.look(101s).has_value());
  BOOST_TEST((watch.look(113s) == duration{11'500ms})); // it began between 101 s and 102 s
  BOOST_TEST(!watch.look(114s).has_value());
  BOOST_TEST((watch.last(114s, 5s) == duration{11'500ms}));
  BOOST_TEST(!watch.last(119s, 5s).has_value());
}

BOOST_AUTO_TEST_CASE(it_is_said_in_words) {
  const auto line = describe_pause(12'345ms, 5s);
  BOOST_TEST(line.starts_with("this process did not run for 12 s"), line);
  BOOST_TEST(line.find("5 s") != std::string::npos, line);
  BOOST_TEST(line.find("--node-timeout") != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(the_time_since_boot_passes) {
  const auto before = time_since_boot();
  BOOST_TEST(before.count() > 0);
  BOOST_TEST((time_since_boot() >= before));
}

BOOST_AUTO_TEST_SUITE_END()
