// SPDX-License-Identifier: BSD-3-Clause
//
// top and sort_by, and the parts of pairs: keys, values, swap.
#include <algorithm>
#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using test::pipeline;

namespace {

using pair = std::pair<std::string, int>;

std::vector<pair> random_pairs(std::size_t n, unsigned seed) {
  std::mt19937 random{seed};
  std::vector<pair> result;
  for (std::size_t i = 0; i < n; ++i)
    result.emplace_back("key" + std::to_string(random() % 50), static_cast<int>(random() % 1000));
  return result;
}

template <class T>
std::vector<T> sorted(std::vector<T> xs) {
  std::ranges::sort(xs);
  return xs;
}

} // namespace

BOOST_AUTO_TEST_SUITE(order)

BOOST_AUTO_TEST_CASE(top_gives_the_largest_first) {
  for (const auto partitions : {1U, 3U})
    for (const std::size_t n : {0U, 1U, 7U, 1'000U}) {
      test::composing program;
      const auto in = program.input<pair>();
      const auto largest = test::collect(in.top(n));
      const auto smallest =
          test::collect(in.top(n, [](const pair& a, const pair& b) { return a.second > b.second; }).values());
      pipeline run{program, {.partitions = partitions, .block_records = 10}};
      for (unsigned batch = 1; batch <= 2; ++batch) {
        const auto records = random_pairs(200, batch);
        run.feed(in, 0, records);
        const auto t = run.run_batch().ms();
        auto expected = sorted(records);
        std::ranges::reverse(expected);
        expected.resize(std::min(n, expected.size()));
        BOOST_TEST((largest->at(t) == expected));
        std::vector<int> values;
        for (const auto& x : records)
          values.push_back(x.second);
        std::ranges::sort(values);
        values.resize(std::min(n, values.size()));
        BOOST_TEST((smallest->at(t) == values));
      }
      run.run_batch();
      BOOST_TEST(largest->at(3000).empty());
    }
}

BOOST_AUTO_TEST_CASE(sort_by_puts_a_batch_in_order_and_keeps_equal_records_in_theirs) {
  for (const auto partitions : {1U, 3U}) {
    test::composing program;
    const auto in = program.input<pair>();
    const auto by_value = test::collect(in.sort_by([](const pair& x) { return -x.second; }));
    const auto flags = test::collect(in.map([](const pair& x) { return x.second % 2 == 0; }).sort_by(std::identity{}));
    pipeline run{program, {.partitions = partitions, .block_records = 10}};
    const auto records = random_pairs(200, 7);
    run.feed(in, 0, records);
    run.run_batch();
    auto expected = records;
    std::ranges::stable_sort(expected, std::greater{}, &pair::second);
    if (partitions == 1)
      BOOST_TEST((by_value->at(1000) == expected));
    BOOST_TEST((sorted(by_value->at(1000)) == sorted(records)));
    BOOST_TEST(std::ranges::is_sorted(by_value->at(1000), std::greater{}, &pair::second));
    BOOST_TEST(flags->at(1000).size() == 200U);
    BOOST_TEST(std::ranges::is_sorted(flags->at(1000)));
  }
}

BOOST_AUTO_TEST_CASE(pairs_have_keys_and_values_and_can_be_turned_round) {
  test::composing program;
  const auto in = program.input<pair>();
  const auto keys = test::collect(in.keys());
  const auto values = test::collect(in.values());
  const auto turned = test::collect(in.swap());
  pipeline run{program};
  run.feed(in, 0, std::vector<pair>{{"a", 1}, {"b", 2}});
  run.run_batch();
  BOOST_TEST((keys->at(1000) == std::vector<std::string>{"a", "b"}));
  BOOST_TEST((values->at(1000) == std::vector<int>{1, 2}));
  BOOST_TEST((turned->at(1000) == std::vector<std::pair<int, std::string>>{{1, "a"}, {2, "b"}}));
}

BOOST_AUTO_TEST_SUITE_END()
