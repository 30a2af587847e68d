// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/batch_history.hpp>

#include <boost/test/unit_test.hpp>

#include <numeric>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

void begin(batch_history& x, std::int64_t ms, std::uint64_t records) {
  const batch_time t{ms};
  x.cut(t, std::chrono::milliseconds{ms});
  x.taken(t, {stream_id{0}, records, {}});
  x.begun(t, std::chrono::milliseconds{ms});
}

void run(batch_history& x, std::int64_t ms, std::chrono::microseconds took = 1ms) {
  begin(x, ms, 1);
  x.committed(batch_time{ms}, std::chrono::milliseconds{ms} + took);
}

} // namespace

BOOST_AUTO_TEST_SUITE(batch_history_suite)

BOOST_AUTO_TEST_CASE(a_batch_is_active_until_it_is_committed) {
  batch_history x;
  begin(x, 1000, 5);
  BOOST_TEST(x.active().size() == 1U);
  BOOST_TEST(x.totals().received == 5U);
  BOOST_TEST(x.totals().processed == 0U);
  x.committed(batch_time{1000}, 1003ms);
  BOOST_TEST(x.active().empty());
  BOOST_TEST(x.completed().size() == 1U);
  BOOST_TEST(x.totals().processed == 5U);
  BOOST_TEST(x.totals().batches == 1U);
}

BOOST_AUTO_TEST_CASE(a_batch_to_which_nobody_gave_anything_begins_with_its_first_output_or_not_at_all) {
  batch_history x;
  x.cut(batch_time{1000}, 1000ms);
  x.begun(batch_time{1000}, 1002ms);
  x.begun(batch_time{1000}, 1005ms);
  x.committed(batch_time{1000}, 1010ms);
  BOOST_TEST((x.completed().back()->scheduling_delay() == 2ms));
  x.cut(batch_time{2000}, 2000ms);
  x.committed(batch_time{2000}, 2001ms);
  BOOST_TEST((x.completed().back()->scheduling_delay() == 0ms));
  x.committed(batch_time{3000}, 3001ms); // of which nothing is known
  BOOST_TEST(x.totals().batches == 2U);
}

BOOST_AUTO_TEST_CASE(outputs_are_seen_while_a_batch_runs_and_failures_are_counted) {
  batch_history x;
  begin(x, 1000, 0);
  output_operation_info output{batch_time{1000}, output_number{0}, "print#1", "print of map#0"};
  x.output_changed(output);
  BOOST_TEST(!x.active().at(batch_time{1000}).output_operation_infos.at(output_number{0}).end_time);
  output.failure_reason = "no";
  x.output_changed(output);
  BOOST_TEST(x.totals().failed_outputs == 1U);
  BOOST_TEST((x.active().at(batch_time{1000}).output_operation_infos.at(output_number{0}).failure_reason == "no"));
}

BOOST_AUTO_TEST_CASE(no_more_batches_are_kept_than_may_be_and_none_that_is_too_old) {
  batch_history x{{.batches = 10, .age = 5s}};
  for (int i = 1; i <= 100; ++i)
    run(x, i * 1000);
  BOOST_TEST(x.completed().size() == 6U); // of the last five seconds
  for (int i = 1; i <= 100; ++i)
    run(x, 100'000 + i);
  BOOST_TEST(x.completed().size() == 10U);
  BOOST_TEST(x.completed().back()->time.ms() == 100'100);
  BOOST_TEST(x.totals().batches == 200U);
}

BOOST_AUTO_TEST_CASE(delays_are_counted_in_classes_whose_upper_bounds_belong_to_them) {
  batch_history x;
  for (const auto delay : {500us, 1000us, 1001us, 60'000'000us})
    run(x, 1000, delay);
  const auto& delays = x.totals().delays;
  BOOST_TEST(delays[0] == 2U);
  BOOST_TEST(delays[1] == 1U);
  BOOST_TEST(delays.back() == 1U);
  BOOST_TEST(std::accumulate(delays.begin(), delays.end(), std::uint64_t{0}) == 4U);
}

BOOST_AUTO_TEST_CASE(with_an_epoch_the_batches_underway_are_gone) {
  batch_history x;
  begin(x, 1000, 1);
  x.epoch_ended();
  BOOST_TEST(x.active().empty());
}

BOOST_AUTO_TEST_SUITE_END()
