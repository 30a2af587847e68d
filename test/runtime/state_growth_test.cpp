// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/state_growth.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// A point each second.
std::deque<state_point> points(const std::vector<std::uint64_t>& keys, const std::vector<std::uint64_t>& bytes = {}) {
  std::deque<state_point> result;
  for (std::size_t i = 0; i < keys.size(); ++i)
    result.push_back({std::chrono::seconds{i + 1}, keys[i], i < bytes.size() ? bytes[i] : 0});
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(state_growth_suite)

BOOST_AUTO_TEST_CASE(what_grows_by_as_much_each_second_is_steady) {
  const auto x = growth_of(points({1000, 2000, 3000, 4000, 5000}));
  BOOST_TEST(x.is_steady);
  BOOST_TEST(x.seconds == 4);
  BOOST_TEST(x.keys_per_second == 1000);
  BOOST_TEST(x.keys_share == 0.8);
}

BOOST_AUTO_TEST_CASE(what_fills_up_is_not) {
  BOOST_TEST(!growth_of(points({1000, 5000, 7000, 8000, 8500})).is_steady);
  BOOST_TEST(!growth_of(points({1000, 1000, 1000, 1000})).is_steady);
}

BOOST_AUTO_TEST_CASE(what_has_once_been_less_is_not) {
  BOOST_TEST(!growth_of(points({1000, 2000, 1900, 4000, 6000})).is_steady);
}

BOOST_AUTO_TEST_CASE(a_moment_says_nothing) {
  BOOST_TEST(!growth_of({}).is_steady);
  BOOST_TEST(!growth_of(points({1, 100})).is_steady);
}

BOOST_AUTO_TEST_CASE(stored_bases_that_become_larger_are_counted_up_to_now) {
  const auto x = growth_of(points({5, 5, 5, 5, 5, 5}, {900, 100, 100, 200, 300, 400}));
  BOOST_TEST(x.larger_bases == 3U);
  BOOST_TEST(x.bytes_share == 0.75);
}

BOOST_AUTO_TEST_SUITE_END()
