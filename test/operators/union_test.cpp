// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <numeric>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using test::pipeline;

namespace {

using pair = std::pair<int, int>;

std::vector<int> sorted(std::vector<int> x) {
  std::ranges::sort(x);
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(union_of_streams)

BOOST_AUTO_TEST_CASE(it_has_the_records_of_both_in_every_batch) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    test::composing program;
    const auto a = program.input<int>();
    const auto b = program.input<int>();
    const auto both = test::collect(a.union_with(b));
    pipeline run{program, {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed, .block_records = 2}};
    run.feed(a, 0, std::vector{1, 2, 3});
    run.feed(b, 1, std::vector{10, 20});
    run.cut();
    run.feed(b, 1, std::vector{30});
    run.cut();
    run.cut();
    run.run();
    BOOST_TEST((sorted(both->at(1000)) == std::vector{1, 2, 3, 10, 20}));
    BOOST_TEST((both->at(2000) == std::vector{30}));
    BOOST_TEST(both->at(3000).empty());
  }
}

BOOST_AUTO_TEST_CASE(a_stream_united_with_itself_has_every_record_twice) {
  test::composing program;
  const auto a = program.input<int>();
  const auto twice = test::collect(a.union_with(a));
  const auto four_times = test::collect(a.union_with(a).union_with(a.union_with(a)));
  pipeline run{program, {.partitions = 2}};
  run.feed(a, 0, std::vector{1, 2});
  run.run_batch();
  BOOST_TEST((sorted(twice->at(1000)) == std::vector{1, 1, 2, 2}));
  BOOST_TEST((sorted(four_times->at(1000)) == std::vector{1, 1, 1, 1, 2, 2, 2, 2}));
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_united_with_what_was_made_of_it) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    test::composing program;
    const auto a = program.input<pair>();
    const auto all = test::collect(a.reduce_by_key(std::plus<>{}).union_with(a).map([](pair x) { return x.second; }));
    pipeline run{program, {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed, .block_records = 1}};
    for (const auto n : {1, 0, 100, 1000}) {
      run.feed(a, 0, std::vector<pair>{{1, n}, {1, 2 * n}, {2, 10 * n}});
      run.cut();
    }
    run.run();
    auto t = std::int64_t{0};
    for (const auto n : {1, 0, 100, 1000}) {
      t += 1000;
      BOOST_TEST((sorted(all->at(t)) == std::vector{n, 2 * n, 3 * n, 10 * n, 10 * n}), "seed " << seed << ", " << t);
    }
  }
}

BOOST_AUTO_TEST_CASE(streams_of_different_numbers_of_partitions_are_united_whatever_the_default_is) {
  for (const auto by_default : {1U, 2U, 4U, 7U})
    for (const auto& [left, right] : {std::pair{1U, 3U}, std::pair{3U, 2U}, std::pair{2U, 2U}, std::pair{5U, 1U}}) {
      test::composing program;
      const auto a = program.input<pair>();
      const auto all =
          test::collect(a.reduce_by_key(std::plus<>{}, left).union_with(a.reduce_by_key(std::plus<>{}, right)).count());
      pipeline run{program, {.partitions = by_default, .seed = 1}};
      std::vector<pair> records;
      for (auto i = 0; i < 100; ++i)
        records.emplace_back(i, i);
      run.feed(a, 0, records);
      run.run_batch();
      run.run_batch();
      BOOST_TEST((all->at(1000) == std::vector<std::int64_t>{200}), left << " and " << right << " on " << by_default);
      BOOST_TEST((all->at(2000) == std::vector<std::int64_t>{0}));
    }
}

BOOST_AUTO_TEST_CASE(streams_of_two_programs_cannot_be_united) {
  test::composing program;
  test::composing other;
  BOOST_CHECK_THROW(program.input<int>().union_with(other.input<int>()), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()
