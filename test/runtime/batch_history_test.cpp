// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/batch_history.hpp>

#include <boost/test/unit_test.hpp>

#include <numeric>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

batch_info begun_at(std::int64_t ms, std::uint64_t records) {
  batch_info result;
  result.time = batch_time{ms};
  result.stream_id_to_input_info[stream_id{0}] = {stream_id{0}, records, {}};
  result.submitted = std::chrono::milliseconds{ms};
  result.processing_start = result.submitted;
  return result;
}

batch_info ended(batch_info x, std::chrono::microseconds after) {
  x.processing_end = x.submitted + after;
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(batch_history_suite)

BOOST_AUTO_TEST_CASE(a_batch_is_active_until_it_is_committed) {
  batch_history x;
  const auto one = begun_at(1000, 5);
  x.begun(one);
  BOOST_TEST(x.active().size() == 1U);
  BOOST_TEST(x.totals().received == 5U);
  BOOST_TEST(x.totals().processed == 0U);
  x.committed(ended(one, 3ms));
  BOOST_TEST(x.active().empty());
  BOOST_TEST(x.completed().size() == 1U);
  BOOST_TEST(x.totals().processed == 5U);
  BOOST_TEST(x.totals().batches == 1U);
}

BOOST_AUTO_TEST_CASE(outputs_are_seen_while_a_batch_runs_and_failures_are_counted) {
  batch_history x;
  x.begun(begun_at(1000, 0));
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
    x.committed(ended(begun_at(i * 1000, 1), 1ms));
  BOOST_TEST(x.completed().size() == 6U); // of the last five seconds
  for (int i = 1; i <= 100; ++i)
    x.committed(ended(begun_at(100'000 + i, 1), 1ms));
  BOOST_TEST(x.completed().size() == 10U);
  BOOST_TEST(x.completed().back()->time.ms() == 100'100);
  BOOST_TEST(x.totals().batches == 200U);
}

BOOST_AUTO_TEST_CASE(delays_are_counted_in_classes_whose_upper_bounds_belong_to_them) {
  batch_history x;
  for (const auto delay : {500us, 1000us, 1001us, 60'000'000us})
    x.committed(ended(begun_at(1000, 1), delay));
  const auto& delays = x.totals().delays;
  BOOST_TEST(delays[0] == 2U);
  BOOST_TEST(delays[1] == 1U);
  BOOST_TEST(delays.back() == 1U);
  BOOST_TEST(std::accumulate(delays.begin(), delays.end(), std::uint64_t{0}) == 4U);
}

BOOST_AUTO_TEST_CASE(with_an_epoch_the_batches_underway_are_gone) {
  batch_history x;
  x.begun(begun_at(1000, 1));
  x.epoch_ended();
  BOOST_TEST(x.active().empty());
}

BOOST_AUTO_TEST_SUITE_END()
