// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/keyed/statistics.hpp>

#include <numeric>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;

namespace {

/// As defined, in two passes.
double plain_variance(const std::vector<double>& xs) {
  const auto mean = std::accumulate(xs.begin(), xs.end(), 0.0) / static_cast<double>(xs.size());
  double result = 0;
  for (const auto x : xs)
    result += (x - mean) * (x - mean);
  return result / static_cast<double>(xs.size());
}

} // namespace

BOOST_AUTO_TEST_SUITE(statistics_)

BOOST_AUTO_TEST_CASE(numbers_are_summed_up_in_any_grouping) {
  std::mt19937 random{1};
  std::vector<double> xs(1000);
  std::vector<statistics> parts(7);
  for (auto& x : xs) {
    x = 1e9 + std::uniform_real_distribution{0.0, 1.0}(random); // a large mean, a small variance
    auto& part = parts[random() % parts.size()];
    part = part + statistics::of(x);
  }
  const auto all = std::accumulate(parts.begin(), parts.end(), statistics{});
  BOOST_TEST(all.count == 1000);
  BOOST_TEST(all.min == std::ranges::min(xs));
  BOOST_TEST(all.max == std::ranges::max(xs));
  BOOST_TEST(all.mean == std::accumulate(xs.begin(), xs.end(), 0.0) / 1000, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(all.variance() == plain_variance(xs), boost::test_tools::tolerance(1e-6));
  BOOST_TEST(all.sample_variance() == plain_variance(xs) * 1000 / 999, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(all.stddev() == std::sqrt(plain_variance(xs)), boost::test_tools::tolerance(1e-6));
  BOOST_TEST(all.sum() == 1000 * all.mean);
}

BOOST_AUTO_TEST_CASE(nothing_and_one_number_are_numbers_too) {
  const statistics none;
  BOOST_TEST(std::isnan(none.variance()));
  const auto one = none + statistics::of(3) + none;
  BOOST_TEST(one.count == 1);
  BOOST_TEST(one.mean == 3.0);
  BOOST_TEST(one.variance() == 0.0);
  BOOST_TEST(std::isnan(one.sample_variance()));
}

BOOST_AUTO_TEST_CASE(a_mean_can_be_taken_back) {
  const auto both = mean::of(1) + mean::of(3);
  BOOST_TEST(both.value() == 2.0);
  BOOST_TEST((both - mean::of(1)).value() == 3.0);
  BOOST_TEST(std::isnan(mean{}.value()));
}

BOOST_AUTO_TEST_CASE(streams_and_windows_reduce_to_them) {
  test::composing program;
  const auto in = program.input<std::pair<int, double>>();
  const auto stats =
      test::collect(in.map_values(statistics::of).reduce_by_key(std::plus<>{}).map_values(&statistics::max));
  const auto means = test::collect(in.map_values(mean::of)
                                       .reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, duration{2000})
                                       .map_values(&mean::value));
  test::pipeline run{program, {.partitions = 2}};
  run.feed(in, 0, std::vector<std::pair<int, double>>{{1, 1.0}, {1, 5.0}});
  run.run_batch();
  run.feed(in, 0, std::vector<std::pair<int, double>>{{1, 3.0}});
  run.run_batch();
  run.feed(in, 0, std::vector<std::pair<int, double>>{{1, 4.0}});
  run.run_batch();
  using pairs = std::vector<std::pair<int, double>>;
  BOOST_TEST((stats->at(1000) == pairs{{1, 5.0}}));
  BOOST_TEST((means->at(1000) == pairs{{1, 3.0}}));
  BOOST_TEST((means->at(2000) == pairs{{1, 3.0}}));
  BOOST_TEST((means->at(3000) == pairs{{1, 3.5}}));
}

BOOST_AUTO_TEST_SUITE_END()
