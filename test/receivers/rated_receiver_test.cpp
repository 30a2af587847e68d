// SPDX-License-Identifier: BSD-3-Clause
//
// Receivers with a limit of their rate, under a virtual clock: nobody really waits.
#include <sluice/testkit/receiver_harness.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include <sluice/receivers/receiver/receiver.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using testkit::leaping_clock;
using testkit::receiver_harness;

namespace {

/// The test stores.
class idle : public receiver<int> {
public:
  std::function<void()> starting = [] {};

protected:
  void on_start() override { starting(); }
  void on_stop() override {}
};

std::vector<int> up_to(int n) {
  std::vector<int> result(static_cast<std::size_t>(n));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

/// A receiver that has been started.
struct hosted {
  hosted(std::shared_ptr<idle> it, rate_limits rate, std::shared_ptr<const wall_clock> clock)
      : it{std::move(it)}, host{this->it, {.rate = rate, .clock = std::move(clock)}} {
    host.start();
  }
  idle* operator->() const { return it.get(); }

  /// All that it has stored.
  std::vector<int> records() {
    host.flush();
    return host.records<int>();
  }

  std::shared_ptr<idle> it;
  receiver_harness host;
};

struct fixture {
  std::shared_ptr<leaping_clock> clock = std::make_shared<leaping_clock>();
  std::chrono::microseconds begin = clock->now();

  hosted host(rate_limits rate) const { return {std::make_shared<idle>(), rate, clock}; }
  std::chrono::microseconds passed() const { return clock->now() - begin; }
};

/// Never moves: who waits for it waits for somebody else.
class standing_clock final : public wall_clock {
public:
  std::chrono::microseconds now() const override { return 1h; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rated_receiver, fixture)

BOOST_AUTO_TEST_CASE(a_thousand_a_second_are_a_thousand_in_every_second) {
  auto x = host({.max_rate = 1000});
  std::size_t before = 0;
  std::size_t stored = 0;
  for (auto second = 1s; second <= 5s; ++second) {
    for (; passed() < second; ++stored)
      x->store(7);
    BOOST_TEST(stored - before >= 980U);
    BOOST_TEST(stored - before <= 1020U);
    before = stored;
  }
  BOOST_TEST(x.records().size() == stored);
}

BOOST_AUTO_TEST_CASE(a_range_is_stored_at_the_rate_in_order) {
  auto x = host({.max_rate = 1000});
  x->store(up_to(5000));
  BOOST_TEST(passed() >= 4900ms);
  BOOST_TEST(passed() <= 5100ms);
  BOOST_TEST(x.records() == up_to(5000), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_records_of_a_block_count_one_by_one) {
  auto x = host({.max_rate = 1000});
  for (auto i = 0; i < 10; ++i)
    x->store_block(make_batch<int>(up_to(500)));
  x->store(1); // waits for all of them
  BOOST_TEST(passed() >= 4900ms);
  BOOST_TEST(passed() <= 5100ms);
}

BOOST_AUTO_TEST_CASE(durable_records_take_their_turn_before_they_wait_for_the_log) {
  auto x = host({.max_rate = 1000});
  auto call = std::async(std::launch::async, [&x] { return x->store_durably(up_to(2000)); });
  BOOST_TEST(x.host.wait_for_blocks(1));
  BOOST_TEST(passed() >= 1900ms);
  BOOST_TEST(passed() <= 2100ms);
  BOOST_TEST((call.wait_for(0s) == std::future_status::timeout));
  x.host.durable(1);
  BOOST_TEST(!call.get());
  call = std::async(std::launch::async, [&x] { return x->store_block_durably(make_batch<int>(up_to(1000))); });
  BOOST_TEST(x.host.wait_for_blocks(2));
  x.host.durable(2);
  BOOST_TEST(!call.get());
  x->store(1); // waits for all of the block
  BOOST_TEST(passed() >= 2900ms);
  BOOST_TEST(passed() <= 3100ms);
}

BOOST_AUTO_TEST_CASE(a_stop_lets_durable_records_through_that_wait_for_their_turn) {
  hosted x{std::make_shared<idle>(), {.max_rate = 1}, std::make_shared<standing_clock>()};
  auto call = std::async(std::launch::async, [&x] { return x->store_durably(up_to(100)); });
  x.host.stop();
  BOOST_TEST(!!call.get()); // they are not in the log
}

BOOST_AUTO_TEST_CASE(without_a_limit_nobody_waits) {
  auto x = host({});
  x->store(up_to(100'000));
  BOOST_TEST(passed() == 0us);
}

BOOST_AUTO_TEST_CASE(who_does_not_wait_is_told_that_it_is_too_fast) {
  auto x = host({.max_rate = 1000});
  std::size_t stored = 0;
  for (auto ms = 0; ms < 5000; ++ms) {
    do
      ++stored;
    while (x->store_now(7) == intake::open);
    clock->advance(1ms);
  }
  // It stores at least one each millisecond, as it is told of the limit after that.
  BOOST_TEST(stored >= 4900U);
  BOOST_TEST(stored <= 5100U);
}

BOOST_AUTO_TEST_CASE(an_estimate_changes_the_rate) {
  auto x = host({.max_rate = 10'000, .initial_rate = 1000});
  x->store(up_to(1000));
  BOOST_TEST(passed() >= 900ms);
  x.host.set_rate(100);
  const auto slow = clock->now();
  x->store(up_to(100));
  BOOST_TEST(clock->now() - slow >= 800ms);
  x.host.set_rate(-1);
  x.host.set_rate(1'000'000);
  const auto fast = clock->now();
  x->store(up_to(10'000));
  BOOST_TEST(clock->now() - fast >= 900ms); // max_rate
  BOOST_TEST(clock->now() - fast <= 1100ms);
}

BOOST_AUTO_TEST_CASE(a_stop_wakes_who_waits_and_what_it_was_given_is_stored) {
  hosted x{std::make_shared<idle>(), {.max_rate = 1}, std::make_shared<standing_clock>()};
  std::thread storing{[&x] { x->store(up_to(100)); }};
  x.host.stop();
  storing.join();
}

BOOST_AUTO_TEST_CASE(on_start_is_not_held_up_where_giving_a_turn_is_its_own_work) {
  const auto receiver = std::make_shared<idle>();
  receiver->starting = [&receiver] { receiver->store(up_to(1000)); };
  hosted x{receiver, {.max_rate = 1}, std::make_shared<standing_clock>()};
  BOOST_TEST(x.records().size() == 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
