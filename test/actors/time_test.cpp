// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/time.hpp>

#include <limits>
#include <random>

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using sluice::batch_time;

namespace {

// The grid is used in constant expressions too.
static_assert(floor_to(batch_time{1999}, 1s) == batch_time{1000});
static_assert(next_after(batch_time{1000}, 1s) == batch_time{2000});
static_assert(batch_time{} == batch_time{0});

// In the namespace, because there is a ::time already.
BOOST_AUTO_TEST_SUITE(time)

BOOST_AUTO_TEST_CASE(floor_to_is_the_largest_grid_point_not_after_a_time) {
  BOOST_TEST(floor_to(batch_time{0}, 200ms).ms() == 0);
  BOOST_TEST(floor_to(batch_time{199}, 200ms).ms() == 0);
  BOOST_TEST(floor_to(batch_time{200}, 200ms).ms() == 200);
  BOOST_TEST(floor_to(batch_time{1'700'000'000'123}, 1ms).ms() == 1'700'000'000'123);
  BOOST_TEST(floor_to(batch_time{1'700'000'000'123}, 1min).ms() == 1'699'999'980'000);
}

BOOST_AUTO_TEST_CASE(next_after_is_strictly_after_also_on_the_grid) {
  BOOST_TEST(next_after(batch_time{0}, 200ms).ms() == 200);
  BOOST_TEST(next_after(batch_time{199}, 200ms).ms() == 200);
  BOOST_TEST(next_after(batch_time{200}, 200ms).ms() == 400);
}

BOOST_AUTO_TEST_CASE(every_time_lies_between_its_two_grid_points) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 10'000; ++i) {
    const batch_time t{static_cast<std::int64_t>(random() % 4'000'000'000'000)};
    const sluice::duration step{static_cast<std::int64_t>(1 + random() % 100'000)};
    const auto from = floor_to(t, step);
    const auto to = next_after(t, step);
    BOOST_REQUIRE(from <= t && t < to);
    BOOST_REQUIRE(to - from == step);
    BOOST_REQUIRE(from.ms() % step.count() == 0);
  }
}

BOOST_AUTO_TEST_CASE(times_and_durations_add_and_compare) {
  const batch_time t{1000};
  BOOST_TEST((t + 500ms).ms() == 1500);
  BOOST_TEST((t - 1s).ms() == 0);
  BOOST_CHECK(batch_time{1500} - t == 500ms);
  BOOST_CHECK(t < t + 1ms);
}

BOOST_AUTO_TEST_CASE(times_and_durations_are_shown_in_milliseconds) {
  BOOST_TEST(to_string(batch_time{1500}) == "1500 ms");
  BOOST_TEST(sluice::to_string(sluice::duration{2s}) == "2000 ms");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
