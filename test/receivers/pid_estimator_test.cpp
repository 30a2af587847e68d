// SPDX-License-Identifier: BSD-3-Clause
//
// The expected numbers are those of Spark's PIDRateEstimator for the same batches.
#include <sluice/receivers/rate/pid_estimator.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <limits>
#include <optional>

#include <sluice/actors/base/errors.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr duration interval{1000};

/// An estimator that has seen a batch of 1,000 records a second at 1 s.
struct fixture {
  pid_estimator estimator{interval};

  fixture() { BOOST_TEST((estimator.compute({1s, 1000, 1s, 0s}) == std::nullopt)); }

  double next(const finished_batch& batch) { return estimator.compute(batch).value_or(-1); }
};

pid_gains gains(double p, double i, double d, double min_rate = 1) { return {p, i, d, min_rate}; }

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(std::optional<double>)

BOOST_AUTO_TEST_SUITE(pid_estimator_)

BOOST_AUTO_TEST_CASE(the_first_batch_is_only_remembered) {
  pid_estimator estimator{interval, gains(0, 0, 0)};
  BOOST_TEST((estimator.compute({1s, 500, 100ms, 0s}) == std::nullopt));
  BOOST_TEST(estimator.compute({2s, 1, 1s, 0s}).value() == 5000.0); // without gains it stays
}

BOOST_FIXTURE_TEST_CASE(batches_that_say_nothing_change_nothing, fixture) {
  BOOST_TEST((estimator.compute({1s, 500, 1s, 0s}) == std::nullopt)); // no later than the last one
  BOOST_TEST((estimator.compute({500ms, 500, 1s, 0s}) == std::nullopt));
  BOOST_TEST((estimator.compute({2s, 0, 1s, 0s}) == std::nullopt));
  BOOST_TEST((estimator.compute({3s, 500, 0s, 0s}) == std::nullopt));
  BOOST_TEST((estimator.compute({3s, 500, -1s, 0s}) == std::nullopt));
  BOOST_TEST(next({1500ms, 2000, 1s, 0s}) == 2000.0); // the time of those was not taken
}

BOOST_FIXTURE_TEST_CASE(without_a_backlog_the_rate_is_that_of_the_last_batch, fixture) {
  BOOST_TEST(next({2s, 2000, 500ms, 0s}) == 4000.0);
  BOOST_TEST(next({3s, 2000, 2s, 0s}) == 1000.0);
}

BOOST_FIXTURE_TEST_CASE(a_backlog_takes_a_fifth_of_itself_off, fixture) {
  // 500 ms of waiting at 1,000 a second are 500 records.
  BOOST_TEST(next({2s, 1000, 1s, 500ms}) == 900.0, boost::test_tools::tolerance(1e-9));
}

BOOST_FIXTURE_TEST_CASE(the_rate_never_falls_below_the_minimum, fixture) {
  BOOST_TEST(next({2s, 1000, 1s, 100s}) == 100.0);
  BOOST_TEST(next({3s, 1, 1s, 0s}) == 100.0);
}

BOOST_AUTO_TEST_CASE(the_gains_weigh_error_backlog_and_change) {
  pid_estimator half{interval, gains(0.5, 0, 0)};
  half.compute({1s, 1000, 1s, 0s});
  BOOST_TEST(half.compute({2s, 2000, 1s, 0s}).value() == 1500.0);
  BOOST_TEST(half.compute({3s, 2000, 1s, 0s}).value() == 1750.0);

  pid_estimator all{interval, gains(1, 0.2, 0.1)};
  all.compute({1s, 1000, 1s, 0s});
  // error 500; backlog 0.2 s * 500 / 1 s = 100; change (500 - 0) / 2 s = 250
  BOOST_TEST(all.compute({3s, 500, 1s, 200ms}).value() == 1000 - 500 - 0.2 * 100 - 0.1 * 250,
             boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(arguments_that_cannot_be_are_refused) {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  BOOST_CHECK_THROW(pid_estimator{duration{0}}, usage_error);
  BOOST_CHECK_THROW((pid_estimator{interval, gains(-1, 0, 0)}), usage_error);
  BOOST_CHECK_THROW((pid_estimator{interval, gains(0, -1, 0)}), usage_error);
  BOOST_CHECK_THROW((pid_estimator{interval, gains(0, 0, -1)}), usage_error);
  BOOST_CHECK_THROW((pid_estimator{interval, gains(nan, 0, 0)}), usage_error);
  BOOST_CHECK_THROW((pid_estimator{interval, gains(0, 0, 0, 0)}), usage_error);
  BOOST_CHECK_THROW((pid_estimator{interval, gains(0, 0, 0, -5)}), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()
