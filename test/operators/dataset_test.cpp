// SPDX-License-Identifier: BSD-3-Clause
//
// Operators on whole datasets and partitions, and streams that have no dataset at some times.
#include <functional>
#include <numeric>
#include <string>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using test::pipeline;

namespace {

using pair = std::pair<int, int>;

std::vector<int> numbers(int n) {
  std::vector<int> result(static_cast<std::size_t>(n));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

template <class T>
std::vector<T> sorted(std::vector<T> xs) {
  std::ranges::sort(xs);
  return xs;
}

} // namespace

BOOST_AUTO_TEST_SUITE(datasets)

BOOST_AUTO_TEST_CASE(transform_calls_a_function_of_the_dataset_that_may_change_from_batch_to_batch) {
  for (const auto partitions : {1U, 2U, 3U}) {
    test::composing program;
    const auto in = program.input<int>();
    auto allowed = std::make_shared<rdd<pair>>(rdd<pair>::of(std::vector<pair>{{1, 10}, {2, 20}}));
    const auto prices = test::collect(
        in.map([](int x) { return pair{x, 1}; }).transform([allowed](const rdd<pair>& x) { return x.join(*allowed); }));
    const auto times = test::collect(
        in.transform([](const rdd<int>&, batch_time t) { return rdd<std::int64_t>::of(std::vector{t.ms()}); }));
    pipeline run{program, {.partitions = partitions, .seed = partitions}};
    using priced = std::pair<int, std::pair<int, int>>;
    run.feed(in, 0, numbers(5));
    run.run_batch();
    *allowed = rdd<pair>::of(std::vector<pair>{{3, 30}});
    run.feed(in, 0, numbers(5));
    run.run_batch();
    BOOST_TEST((sorted(prices->at(1000)) == std::vector<priced>{{1, {1, 10}}, {2, {1, 20}}}));
    BOOST_TEST((prices->at(2000) == std::vector<priced>{{3, {1, 30}}}));
    BOOST_TEST((times->at(2000) == std::vector<std::int64_t>{2000}));
  }
}

BOOST_AUTO_TEST_CASE(transform_with_gets_the_datasets_of_both_streams) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    test::composing program;
    const auto a = program.input<int>();
    const auto b = program.input<std::string_view>();
    const auto sizes =
        test::collect(a.transform_with(b, [](const rdd<int>& x, const rdd<std::string_view>& y, batch_time t) {
          return rdd<std::int64_t>::of(
              std::vector{t.ms(), static_cast<std::int64_t>(x.count()), static_cast<std::int64_t>(y.count())});
        }));
    pipeline run{program, {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed, .block_records = 2}};
    run.feed(a, 0, numbers(7));
    run.cut();
    run.feed(b, 1, std::vector<std::string_view>{"x", "y", "z"});
    run.cut();
    run.run();
    BOOST_TEST((sizes->at(1000) == std::vector<std::int64_t>{1000, 7, 0}));
    BOOST_TEST((sizes->at(2000) == std::vector<std::int64_t>{2000, 0, 3}));
  }
}

BOOST_AUTO_TEST_CASE(a_dataset_has_the_partitions_of_its_stream_also_empty_ones) {
  for (const auto partitions : {1U, 2U, 5U}) {
    test::composing program;
    const auto in = program.input<int>();
    std::vector<std::size_t> seen;
    in.foreach_rdd([&seen](const rdd<int>& x) { seen.push_back(x.num_partitions()); });
    pipeline run{program, {.partitions = partitions}};
    run.feed(in, 0, numbers(1));
    run.run_batch();
    run.run_batch();
    BOOST_TEST((seen == std::vector<std::size_t>(2, partitions)));
  }
}

BOOST_AUTO_TEST_CASE(map_partitions_is_called_once_a_partition_with_all_of_its_records) {
  for (const auto partitions : {1U, 2U, 3U}) {
    test::composing program;
    const auto in = program.input<int>();
    const auto sums = test::collect(
        in.map_partitions([](std::span<const int> x) { return std::vector{std::accumulate(x.begin(), x.end(), 0)}; }));
    const auto indexed = test::collect(in.map_partitions_with_index([](std::size_t i, std::span<const int> x) {
      return std::vector{pair{static_cast<int>(i), static_cast<int>(x.size())}};
    }));
    const auto groups = test::collect(in.glom());
    pipeline run{program, {.partitions = partitions, .seed = partitions, .block_records = 4}};
    run.feed(in, 0, numbers(3'000));
    run.cut();
    run.cut();
    run.run();
    BOOST_TEST(sums->at(1000).size() == partitions);
    BOOST_TEST(std::accumulate(sums->at(1000).begin(), sums->at(1000).end(), 0) == 3'000 * 2'999 / 2);
    BOOST_TEST((sums->at(2000) == std::vector<int>(partitions, 0)));
    for (std::size_t i = 0; i < partitions; ++i)
      BOOST_TEST(indexed->at(1000).at(i).first == static_cast<int>(i));
    std::vector<int> all;
    for (const auto& group : groups->at(1000))
      all.insert(all.end(), group.begin(), group.end());
    BOOST_TEST(groups->at(1000).size() == partitions);
    BOOST_TEST((sorted(all) == numbers(3'000)));
    BOOST_TEST((groups->at(2000) == std::vector<std::vector<int>>(partitions)));
  }
}

BOOST_AUTO_TEST_CASE(repartition_deals_records_evenly) {
  for (const auto& [from, to] : {std::pair{1U, 4U}, std::pair{3U, 2U}, std::pair{2U, 2U}}) {
    test::composing program;
    const auto in = program.input<int>();
    const auto groups = test::collect(in.repartition(to).glom());
    pipeline run{program, {.partitions = from, .seed = 3, .block_records = 10}};
    run.feed(in, 0, numbers(1'000));
    run.run_batch();
    BOOST_TEST(groups->at(1000).size() == to);
    std::vector<int> all;
    for (const auto& group : groups->at(1000)) {
      BOOST_TEST(group.size() >= 1'000 / to - from);
      all.insert(all.end(), group.begin(), group.end());
    }
    BOOST_TEST((sorted(all) == numbers(1'000)));
  }
}

BOOST_AUTO_TEST_CASE(combine_by_key_makes_combiners_of_another_type) {
  for (const auto partitions : {1U, 2U, 3U}) {
    test::composing program;
    const auto in = program.input<pair>();
    using average = std::pair<int, int>; // sum, count
    const auto averages = test::collect(in.combine_by_key(
        [](int x) { return average{x, 1}; }, [](const average& c, int x) { return average{c.first + x, c.second + 1}; },
        [](const average& a, const average& b) { return average{a.first + b.first, a.second + b.second}; }));
    pipeline run{program, {.partitions = partitions, .seed = partitions, .block_records = 7}};
    std::vector<pair> records;
    std::map<int, average> expected;
    for (auto n = 0; n < 500; ++n) {
      records.emplace_back(n % 13, n);
      expected[n % 13].first += n;
      ++expected[n % 13].second;
    }
    run.feed(in, 0, records);
    run.run_batch();
    BOOST_TEST((sorted(averages->at(1000)) == std::vector<std::pair<int, average>>(expected.begin(), expected.end())));
  }
}

BOOST_AUTO_TEST_CASE(what_follows_a_stream_without_a_dataset_has_none_either) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    test::composing program;
    const auto in = program.input<int>();
    const auto mapped = test::collect(in.map([](int x) { return x + 1; }));
    const auto counted = test::collect(in.count());
    const auto reduced = test::collect(in.map([](int x) { return pair{x, x}; }).reduce_by_key(std::plus<>{}));
    const auto grouped = test::collect(in.map([](int x) { return pair{x, x}; }).group_by_key());
    const auto whole = test::collect(in.glom());
    const auto changed = test::collect(in.transform([](const rdd<int>& x) { return x; }));
    in.print();
    pipeline run{program, {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed}};
    run.feed(in, 0, numbers(3));
    run.cut();
    run.cut({0});
    run.cut();
    run.run();
    const auto has = [](const auto& x) {
      std::vector<std::int64_t> times;
      for (const auto& [t, records] : *x)
        times.push_back(t);
      return times == std::vector<std::int64_t>{1000, 3000};
    };
    BOOST_TEST(has(mapped));
    BOOST_TEST(has(counted));
    BOOST_TEST(has(reduced));
    BOOST_TEST(has(grouped));
    BOOST_TEST(has(whole));
    BOOST_TEST(has(changed));
    BOOST_TEST(run.printed().find("2000 ms") == std::string::npos);
    BOOST_TEST(run.printed().find("3000 ms") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(streams_that_are_put_together_must_have_datasets_at_the_same_times) {
  const auto throws = [](auto compose) {
    test::composing program;
    const auto a = program.input<pair>();
    const auto b = program.input<pair>();
    test::collect(compose(a, b));
    pipeline run{program};
    run.cut({0, 1}); // none of both is no dataset
    run.run();
    run.cut({1});
    BOOST_CHECK_EXCEPTION(run.run(), runtime_failure,
                          [](const auto& e) { return std::string{e.what()}.find("2000 ms") != std::string::npos; });
  };
  throws([](const auto& a, const auto& b) { return a.union_with(b); });
  throws([](const auto& a, const auto& b) { return a.join(b); });
  throws(
      [](const auto& a, const auto& b) { return a.transform_with(b, [](const auto& x, const auto&) { return x; }); });
}

BOOST_AUTO_TEST_SUITE_END()
