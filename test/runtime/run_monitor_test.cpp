// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/run_monitor.hpp>

#include <sluice/runtime/program/streaming_context.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

class hands : public wall_clock {
public:
  std::chrono::microseconds now() const override { return at; }
  std::chrono::microseconds at{1000s};
};

constexpr stream_id numbers{0};

struct fixture {
  std::shared_ptr<hands> clock = std::make_shared<hands>();
  std::optional<run_monitor> monitor;

  fixture() {
    streaming_context ctx{1s};
    ctx.queue_stream(std::make_shared<record_queue<int>>()).print();
    monitor.emplace(std::make_shared<const composition>(ctx.compose()), clock);
    monitor->on_epoch_started({1, {}, {}, 9});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(run_monitor_suite, fixture)

BOOST_AUTO_TEST_CASE(restarts_are_remembered_for_a_minute) {
  for (std::uint64_t i = 1; i <= 3; ++i) {
    monitor->on_epoch_ended({i, "failure " + std::to_string(i), {}, 9});
    monitor->on_epoch_started({i + 1, {}, {}, 9});
    clock->at += 20s;
  }
  BOOST_TEST(monitor->picture().lately_restarted.count == 3U);
  BOOST_TEST(monitor->picture().lately_restarted.last == "failure 3");
  clock->at += 10s;
  BOOST_TEST(monitor->picture().lately_restarted.count == 2U);
  clock->at += 1min;
  BOOST_TEST(monitor->picture().lately_restarted.count == 0U);
}

BOOST_AUTO_TEST_CASE(what_the_log_holds_is_what_no_commit_has_let_go_of) {
  for (std::int64_t i = 1; i <= 4; ++i)
    monitor->logged(batch_time{i * 1000}, 100);
  BOOST_TEST(monitor->picture().log.batches == 4U);
  BOOST_TEST(monitor->picture().log.bytes == 400U);
  clock->at += 5s;
  monitor->log_released(batch_time{3000});
  const auto log = monitor->picture().log;
  BOOST_TEST(log.batches == 1U);
  BOOST_TEST(log.bytes == 100U);
  BOOST_TEST((log.released == 1005s));
  monitor->on_epoch_ended({1, "why", {}, 9});
  BOOST_TEST(monitor->picture().log.bytes == 0U);
}

BOOST_AUTO_TEST_CASE(the_time_of_listeners_is_a_share_of_the_last_seconds) {
  clock->at += 10s;
  monitor->listened(2s);
  BOOST_TEST(monitor->picture().listening_share == 0.4);
  clock->at += 10s;
  BOOST_TEST(monitor->picture().listening_share == 0);
}

BOOST_AUTO_TEST_CASE(the_time_of_an_input_that_waits_is_a_share_of_the_time_that_it_tells_of) {
  monitor->waited_for_credit(numbers, 250ms, 500ms);
  monitor->waited_for_credit(numbers, 500ms, 500ms);
  BOOST_TEST(monitor->picture().inputs[0].waits_for_credit == 0.75);
  for (int i = 0; i < 20; ++i) {
    clock->at += 500ms;
    monitor->waited_for_credit(numbers, 0ms, 500ms);
  }
  BOOST_TEST(monitor->picture().inputs[0].waits_for_credit == 0);
}

BOOST_AUTO_TEST_CASE(what_workers_use_is_known_until_the_program_is_placed_again) {
  node_usage usage{4, 2, 10'000'000, 1 << 20, 5000, 60'000'000};
  monitor->node_used("a:1", usage);
  BOOST_TEST(!monitor->picture().workers.at("a:1").cpu_share);
  clock->at += 2s;
  usage.cpu_us += 3'000'000;
  usage.resident_bytes += 1;
  monitor->node_used("a:1", usage);
  const auto picture = monitor->picture();
  BOOST_TEST(picture.workers.at("a:1").cpu_share.value() == 1.5);
  BOOST_TEST(picture.workers.at("a:1").usage.resident_bytes == (1U << 20) + 1);
  monitor->placed({});
  BOOST_TEST(monitor->picture().workers.empty());
}

BOOST_AUTO_TEST_CASE(the_clock_is_told) {
  monitor->clock_is_ahead(1h);
  BOOST_TEST((monitor->picture().clock_ahead == 1h));
}

BOOST_AUTO_TEST_SUITE_END()
