// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/driver/restart_budget.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const restart_budget::time_point start{1h};

} // namespace

BOOST_AUTO_TEST_SUITE(restart_budget_logic)

BOOST_AUTO_TEST_CASE(each_pause_is_twice_the_one_before_up_to_the_longest) {
  restart_budget budget{{.max = 5, .within = 1min, .backoff = 100ms, .longest = 500ms}};
  for (const auto pause : {100ms, 200ms, 400ms, 500ms, 500ms})
    BOOST_TEST((budget.failed(start) == pause));
}

BOOST_AUTO_TEST_CASE(a_failure_more_than_the_budget_has_ends_it) {
  restart_budget budget{{.max = 2, .within = 1min}};
  BOOST_TEST(budget.left(start) == 2U);
  BOOST_TEST(budget.failed(start).has_value());
  BOOST_TEST(budget.left(start) == 1U);
  BOOST_TEST(budget.failed(start + 59s).has_value());
  BOOST_TEST(budget.left(start + 59s) == 0U);
  BOOST_TEST(!budget.failed(start + 60s - 1ns));
}

BOOST_AUTO_TEST_CASE(failures_that_are_long_ago_do_not_count) {
  restart_budget budget{{.max = 2, .within = 1min, .backoff = 100ms}};
  budget.failed(start);
  budget.failed(start + 1s);
  BOOST_TEST(budget.left(start + 60s) == 1U);
  BOOST_TEST((budget.failed(start + 60s) == 200ms));
  BOOST_TEST((budget.failed(start + 10min) == 100ms));
}

BOOST_AUTO_TEST_CASE(one_failure_each_now_and_then_goes_on_for_ever) {
  restart_budget budget{{.max = 1, .within = 1s, .backoff = 0ms}};
  for (auto i = 0; i < 1000; ++i)
    BOOST_TEST((budget.failed(start + i * 1s) == 0ms));
}

BOOST_AUTO_TEST_CASE(a_policy_that_makes_no_sense_is_refused) {
  BOOST_CHECK_NO_THROW(check(restart_policy{}));
  for (const auto& wrong : {restart_policy{.max = 0}, restart_policy{.within = 0ms}, restart_policy{.backoff = -1ms},
                            restart_policy{.backoff = 2s, .longest = 1s}})
    BOOST_CHECK_THROW(check(wrong), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()
