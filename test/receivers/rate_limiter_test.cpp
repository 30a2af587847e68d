// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/rate/rate_limiter.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>

#include <sluice/actors/base/errors.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using microseconds = std::chrono::microseconds;

/// Stores as fast as it may, and never looks before it is worth it.
struct greedy {
  microseconds now{1h};
  rate_limiter limiter;

  explicit greedy(rate_limits limits) : limiter{limits, now} {}

  /// How many records it stores in that time; each look at the clock comes so much too late.
  std::uint64_t run_for(microseconds time, microseconds late = 0us) {
    const auto end = now + time;
    std::uint64_t result = 0;
    for (;;) {
      for (; limiter.has_tokens(); ++result)
        limiter.take();
      const auto next = limiter.next() + late;
      if (next > end)
        break;
      now = next;
      limiter.refill(now);
    }
    now = end;
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(rate_limiter_)

BOOST_AUTO_TEST_CASE(without_a_limit_there_are_always_tokens) {
  rate_limiter limiter;
  limiter.take(std::numeric_limits<std::uint64_t>::max());
  BOOST_TEST(limiter.has_tokens());
  limiter.refill(1h);
  BOOST_TEST(limiter.has_tokens());
  BOOST_TEST(limiter.limit() == 0.0);
}

BOOST_AUTO_TEST_CASE(the_rate_is_exact_for_slow_and_fast_inputs) {
  for (const auto rate : {0.1, 0.75, 3.0, 7.3, 100.0, 999.0, 1000.0, 123'456.0, 3e6}) {
    greedy x{{.max_rate = rate}};
    const auto stored = x.run_for(100s);
    BOOST_TEST(std::abs(static_cast<double>(stored) - 100 * rate) <= 1 + rate * 0.01, rate << ": " << stored);
  }
}

BOOST_AUTO_TEST_CASE(every_tenth_of_a_second_has_its_share) {
  greedy x{{.max_rate = 1000}};
  for (auto i = 0; i < 50; ++i) {
    const auto stored = x.run_for(100ms);
    BOOST_TEST(stored >= 95U);
    BOOST_TEST(stored <= 105U);
  }
}

BOOST_AUTO_TEST_CASE(a_thread_that_wakes_late_loses_nothing_as_long_as_it_is_not_later_than_a_burst) {
  greedy x{{.max_rate = 1000}};
  BOOST_TEST(x.run_for(10s, 40ms) >= 9'900U);
  greedy slow{{.max_rate = 2}};
  BOOST_TEST(slow.run_for(100s, 40ms) >= 190U);
}

BOOST_AUTO_TEST_CASE(what_was_not_used_is_kept_for_a_burst_only) {
  greedy x{{.max_rate = 1000}};
  x.run_for(1s);
  x.now += 1h;
  x.limiter.refill(x.now);
  BOOST_TEST(x.run_for(0us) <= 50U);
}

BOOST_AUTO_TEST_CASE(the_first_record_need_not_wait) {
  greedy x{{.max_rate = 0.01}};
  BOOST_TEST(x.run_for(0us) == 1U);
  BOOST_TEST(x.run_for(99s) == 0U);
  BOOST_TEST(x.run_for(2s) == 1U);
}

BOOST_AUTO_TEST_CASE(who_has_taken_too_much_waits_for_as_long) {
  greedy x{{.max_rate = 1000}};
  x.limiter.take(5001);
  BOOST_TEST(x.run_for(4990ms) == 0U);
  BOOST_TEST(x.run_for(20ms) > 0U);
}

BOOST_AUTO_TEST_CASE(who_is_let_through_owes_nothing) {
  greedy x{{.max_rate = 1000}};
  for (auto i = 0; i < 5000; ++i) {
    x.limiter.let_pass();
    x.limiter.take();
  }
  BOOST_TEST(x.run_for(1s) >= 990U);
}

BOOST_AUTO_TEST_CASE(an_estimate_counts_up_to_the_maximum_and_only_if_it_is_positive) {
  greedy x{{.max_rate = 1000, .initial_rate = 100}};
  BOOST_TEST(x.limiter.limit() == 100.0);
  BOOST_TEST(x.run_for(10s) <= 1001U);
  x.limiter.update(500, x.now);
  BOOST_TEST(x.limiter.limit() == 500.0);
  const auto stored = x.run_for(10s);
  BOOST_TEST(stored >= 4'950U);
  BOOST_TEST(stored <= 5'050U);
  x.limiter.update(5000, x.now);
  BOOST_TEST(x.limiter.limit() == 1000.0);
  x.limiter.update(200, x.now);
  for (const auto none : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()})
    x.limiter.update(none, x.now);
  BOOST_TEST(x.limiter.limit() == 200.0);
}

BOOST_AUTO_TEST_CASE(a_limit_may_come_later) {
  greedy x{{}};
  x.limiter.take(1'000'000);
  x.limiter.update(1000, x.now);
  BOOST_TEST(x.run_for(1s) <= 1001U);
}

BOOST_AUTO_TEST_CASE(updates_cost_nothing_of_the_rate) {
  greedy x{{.initial_rate = 1000}};
  std::uint64_t stored = 0;
  for (auto i = 0; i < 1000; ++i) {
    stored += x.run_for(10ms);
    x.limiter.update(1000, x.now);
  }
  BOOST_TEST(stored >= 9'900U);
  BOOST_TEST(stored <= 10'010U);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_or_forward_changes_a_burst_at_most) {
  for (const auto jump : {microseconds{-1h}, microseconds{1h}}) {
    greedy x{{.max_rate = 1000}};
    x.run_for(1s);
    x.now += jump;
    x.limiter.refill(x.now);
    const auto stored = x.run_for(10s);
    BOOST_TEST(stored >= 9'940U);
    BOOST_TEST(stored <= 10'060U);
  }
}

BOOST_AUTO_TEST_CASE(of_two_limits_the_smaller_one_counts) {
  BOOST_TEST(smaller_limit(0, 0) == 0.0);
  BOOST_TEST(smaller_limit(0, 5) == 5.0);
  BOOST_TEST(smaller_limit(5, 0) == 5.0);
  BOOST_TEST(smaller_limit(5, 3) == 3.0);
}

BOOST_AUTO_TEST_CASE(a_rate_that_cannot_be_is_refused) {
  check_rate("max_rate", 0);
  check_rate("max_rate", 0.5);
  for (const auto wrong : {-1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
    BOOST_CHECK_THROW(check_rate("max_rate", wrong), usage_error);
}

BOOST_AUTO_TEST_CASE(another_limit_holds_from_then_on) {
  greedy x{{.max_rate = 1000}};
  x.run_for(1s);
  x.limiter.set_max(100, x.now);
  x.run_for(1s); // the tokens that were there
  BOOST_TEST(std::abs(static_cast<double>(x.run_for(10s)) - 1000) <= 1);
  x.limiter.set_max(0, x.now);
  x.limiter.take(1'000'000);
  BOOST_TEST(x.limiter.has_tokens());
  x.limiter.set_max(10, x.now);
  BOOST_TEST(std::abs(static_cast<double>(x.run_for(10s)) - 100) <= 1);
}

BOOST_AUTO_TEST_CASE(a_paused_input_stores_nothing_but_what_cannot_wait) {
  for (const double rate : {0.0, 1000.0}) {
    greedy x{{.max_rate = rate}};
    x.limiter.set_paused(true, x.now);
    BOOST_TEST(x.run_for(10s) == 0U);
    x.limiter.update(5, x.now); // an estimate does not end it
    x.limiter.set_max(rate, x.now);
    BOOST_TEST(x.run_for(10s) == 0U);
    x.limiter.let_pass();
    BOOST_TEST(x.limiter.has_tokens());
    x.limiter.take();
    BOOST_TEST(!x.limiter.has_tokens());
    x.limiter.set_paused(false, x.now);
    BOOST_TEST(std::abs(static_cast<double>(x.run_for(10s)) - 50) <= 1);
  }
  greedy x{{}};
  x.limiter.set_paused(true, x.now);
  x.limiter.set_paused(false, x.now);
  x.limiter.take(1'000'000);
  BOOST_TEST(x.limiter.has_tokens()); // without a limit again
}

BOOST_AUTO_TEST_SUITE_END()
