// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/source_limit.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

/// A source with a backlog: it gives records until they reach the room, as sources do.
struct deep_source {
  source_limit limit;
  std::uint64_t record_bytes = 20;
  std::uint64_t overhead = 100; ///< of the batch
  std::uint64_t least = 0;      ///< records that it cannot split

  std::uint64_t pull() {
    const auto room = limit.room();
    if (room == 0)
      return 0;
    const auto records = std::max((room + record_bytes - 1) / record_bytes, least);
    limit.took(records, records * record_bytes + overhead);
    return records;
  }

  std::uint64_t pull(int batches) {
    std::uint64_t result = 0;
    for (auto i = 0; i < batches; ++i)
      result += pull();
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(source_limit_)

BOOST_AUTO_TEST_CASE(without_a_limit_there_is_room_for_everything) {
  source_limit x{1s, {}};
  x.took(1'000'000, 1);
  BOOST_TEST(x.room() == no_limit);
}

BOOST_AUTO_TEST_CASE(a_thousand_a_second_are_a_thousand_whatever_the_interval) {
  for (const auto interval : {10ms, 100ms, 1000ms, 5000ms}) {
    deep_source x{{interval, {.max_rate = 1000}}};
    x.pull(static_cast<int>(5s / interval)); // so that the size of records is known
    const auto records = x.pull(static_cast<int>(50s / interval));
    BOOST_TEST(records >= 49'000U);
    BOOST_TEST(records <= 51'000U);
  }
}

BOOST_AUTO_TEST_CASE(the_first_batch_has_rather_too_few) {
  deep_source x{{1s, {.max_rate = 1000}}};
  BOOST_TEST(x.pull() <= 1000U);
  BOOST_TEST(x.pull() >= 900U);
}

BOOST_AUTO_TEST_CASE(records_that_become_smaller_are_paid_for_by_the_next_batches) {
  deep_source x{{1s, {.max_rate = 1000}}, 1000};
  x.pull(10);
  x.record_bytes = 10;
  BOOST_TEST(x.pull() > 10'000U);
  BOOST_TEST(x.pull() == 0U);
  x.pull(100);
  const auto records = x.pull(100);
  BOOST_TEST(records >= 98'000U);
  BOOST_TEST(records <= 102'000U);
}

BOOST_AUTO_TEST_CASE(units_that_cannot_be_split_come_as_rarely_as_they_must) {
  deep_source x{{1s, {.max_rate = 100}}};
  x.least = 1000;
  BOOST_TEST(x.pull(1000) >= 99'000U);
  BOOST_TEST(x.pull(1000) <= 101'000U);
}

BOOST_AUTO_TEST_CASE(a_rate_below_one_record_a_batch_is_kept) {
  deep_source x{{100ms, {.max_rate = 1}}};
  x.pull(100);
  const auto records = x.pull(1000);
  BOOST_TEST(records >= 95U);
  BOOST_TEST(records <= 105U);
}

BOOST_AUTO_TEST_CASE(what_a_source_did_not_have_is_not_made_up_for) {
  source_limit x{1s, {.max_rate = 1000}};
  x.took(1000, 20'000);
  for (auto i = 0; i < 100; ++i)
    BOOST_TEST(x.room() <= 20'000U);
}

BOOST_AUTO_TEST_CASE(an_estimate_counts_up_to_the_maximum) {
  source_limit x{1s, {.max_rate = 1000, .initial_rate = 10}};
  x.took(1, 20);
  x.room();
  BOOST_TEST(x.room() == 200U);
  x.update(500);
  x.room();
  BOOST_TEST(x.room() == 10'000U);
  x.update(5000);
  x.room();
  BOOST_TEST(x.room() == 20'000U);
  x.update(-1);
  BOOST_TEST(x.room() == 20'000U);
}

BOOST_AUTO_TEST_SUITE_END()
