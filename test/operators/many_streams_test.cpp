// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stream/many_streams.hpp>

#include <algorithm>
#include <numeric>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using test::pipeline;

namespace {

using pair = std::pair<int, int>;
using ints = std::vector<int>;
using streams = std::vector<dstream<int>>;

/// A program whose input 0 is nobody's.
struct program : test::composing {
  program() { input<bool>(); }

  streams inputs(std::size_t n) {
    streams result;
    for (std::size_t i = 0; i < n; ++i)
      result.push_back(input<int>());
    return result;
  }
};

ints sorted(ints x) {
  std::ranges::sort(x);
  return x;
}

ints numbers(int first, std::size_t count) {
  ints result(count);
  std::iota(result.begin(), result.end(), first);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(many_streams)

BOOST_AUTO_TEST_CASE(a_union_has_the_records_of_one_stream_after_those_of_the_one_before) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto partitions = 1 + static_cast<std::uint32_t>(seed % 3);
    const auto count = 1 + seed / 3 % 4;
    program composed;
    const auto inputs = composed.inputs(count);
    const auto all = test::collect(composed.union_all(inputs));
    pipeline run{composed, {.partitions = partitions, .seed = seed, .block_records = 2}};
    std::mt19937_64 random{seed};
    std::map<std::int64_t, ints> expected;
    for (std::int64_t t = 1000; t <= 4000; t += 1000) {
      for (std::size_t i = count; i-- > 0;) { // the last stream is the first to have something
        const auto fed = numbers(static_cast<int>(1000 * i), random() % 10);
        run.feed(inputs[i], static_cast<std::uint32_t>(i + 1), fed);
        expected[t].insert(expected[t].begin(), fed.begin(), fed.end());
      }
      run.cut();
      run.run_some(random() % 50);
    }
    run.run();
    for (const auto& [t, records] : expected) {
      BOOST_TEST((sorted(all->at(t)) == sorted(records)), "seed " << seed << " at " << t);
      if (partitions == 1)
        BOOST_TEST((all->at(t) == records), "seed " << seed << " at " << t);
      // In every partition, streams come in order: as often as there are partitions, order may begin anew.
      const auto& got = all->at(t);
      std::size_t descents = 0;
      for (std::size_t i = 1; i < got.size(); ++i)
        descents += got[i] < got[i - 1] ? 1 : 0;
      BOOST_TEST(descents < partitions, "seed " << seed << " at " << t);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_stream_united_with_itself_and_what_was_made_of_it_is_complete) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    program composed;
    const auto a = composed.input<int>();
    const auto counted = a.map([](int x) { return pair{x % 2, x}; }).reduce_by_key(std::plus<>{}, 5).map([](pair x) {
      return x.second;
    });
    const auto all = test::collect(composed.union_all({a, counted, a}));
    const auto partitions = 1 + static_cast<std::uint32_t>(seed % 7);
    pipeline run{composed, {.partitions = partitions, .seed = seed, .block_records = 1}};
    run.feed(a, 1, ints{1, 2, 3});
    run.cut();
    run.cut();
    run.feed(a, 1, ints{5});
    run.cut();
    run.run();
    BOOST_TEST((sorted(all->at(1000)) == ints{1, 1, 2, 2, 2, 3, 3, 4}));
    BOOST_TEST(all->at(2000).empty());
    BOOST_TEST((all->at(3000) == ints{5, 5, 5}));
  }
}

BOOST_AUTO_TEST_CASE(a_union_has_no_dataset_when_no_stream_has_and_fails_when_some_have) {
  program composed;
  const auto inputs = composed.inputs(2);
  const auto all = test::collect(composed.union_all(inputs));
  pipeline run{composed};
  run.cut({1, 2});
  run.run();
  BOOST_TEST(!all->contains(1000));
  run.cut({2});
  BOOST_CHECK_THROW(run.run(), runtime_failure);
}

BOOST_AUTO_TEST_CASE(a_function_gets_the_datasets_of_all_streams_in_order_with_the_time) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto partitions = 1 + static_cast<std::uint32_t>(seed % 3);
    program composed;
    const auto inputs = composed.inputs(3);
    const auto f = [](const std::vector<rdd<int>>& datasets, batch_time t) {
      std::vector<std::pair<std::int64_t, std::string>> result;
      for (const auto& each : datasets) {
        std::string joined;
        for (const auto x : sorted(each.collect()))
          joined += std::to_string(x) + ' ';
        result.emplace_back(t.ms(), joined);
      }
      return rdd<std::pair<std::int64_t, std::string>>{{{make_batch<std::pair<std::int64_t, std::string>>(result)}}};
    };
    const auto all = test::collect(composed.transform_all(inputs, f));
    pipeline run{composed, {.partitions = partitions, .seed = seed, .block_records = 1}};
    run.feed(inputs[2], 3, ints{7, 8});
    run.feed(inputs[0], 1, ints{1, 2, 3});
    run.cut();
    run.feed(inputs[1], 2, ints{5});
    run.cut();
    run.run();
    BOOST_TEST((all->at(1000)
                == std::vector<std::pair<std::int64_t, std::string>>{{1000, "1 2 3 "}, {1000, ""}, {1000, "7 8 "}}));
    BOOST_TEST(
        (all->at(2000) == std::vector<std::pair<std::int64_t, std::string>>{{2000, ""}, {2000, "5 "}, {2000, ""}}));
  }
}

BOOST_AUTO_TEST_CASE(a_function_may_take_no_time_and_return_one_of_its_datasets) {
  program composed;
  const auto inputs = composed.inputs(2);
  const auto second = [](const std::vector<rdd<int>>& datasets) { return datasets[1]; };
  const auto result = test::collect(composed.transform_all(inputs, second));
  pipeline run{composed, {.partitions = 3}};
  run.feed(inputs[0], 1, ints{1});
  run.feed(inputs[1], 2, ints{2, 3});
  run.run_batch();
  BOOST_TEST((sorted(result->at(1000)) == ints{2, 3}));
}

BOOST_AUTO_TEST_CASE(streams_that_do_not_go_together_are_refused) {
  program composed;
  program other;
  const auto a = composed.input<int>();
  const auto first = [](const std::vector<rdd<int>>& datasets) { return datasets[0]; };
  BOOST_CHECK_THROW(composed.union_all(streams{}), usage_error);
  BOOST_CHECK_THROW(composed.transform_all(streams{}, first), usage_error);
  BOOST_CHECK_THROW(composed.union_all({a, other.input<int>()}), usage_error);
  BOOST_CHECK_THROW(other.union_all({a}), usage_error);
  BOOST_CHECK_THROW(other.transform_all({a, a}, first), usage_error);
  const auto slow = a.window(std::chrono::seconds{4}, std::chrono::seconds{2});
  BOOST_CHECK_THROW(composed.union_all({a, slow}), usage_error);
  BOOST_CHECK_THROW(composed.transform_all({slow, a}, first), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()
