// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/per_batch.hpp>

#include <map>
#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(per_batch_suite)

BOOST_AUTO_TEST_CASE(each_open_batch_has_a_value_of_its_own) {
  std::mt19937_64 random{1};
  per_batch<std::string> values;
  std::map<std::int64_t, std::string> truth;
  for (auto step = 0; step < 10'000; ++step) {
    const auto t = static_cast<std::int64_t>(random() % 6);
    values.open(batch_time{t});
    BOOST_REQUIRE_EQUAL(values.current(), truth[t]);
    if (random() % 5 == 0) {
      values.close();
      truth.erase(t);
    } else {
      values.current() += static_cast<char>('a' + t);
      truth[t] += static_cast<char>('a' + t);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_memory_of_a_closed_batch_serves_a_later_one) {
  per_batch<std::string> values;
  values.open(batch_time{1});
  values.current().assign(1'000, 'x');
  const auto* memory = values.current().data();
  values.close();
  values.open(batch_time{2});
  BOOST_TEST(values.current().empty());
  BOOST_TEST(static_cast<const void*>(values.current().data()) == static_cast<const void*>(memory));
}

BOOST_AUTO_TEST_SUITE_END()
