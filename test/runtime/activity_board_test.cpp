// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/activity_board.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr node_index map_node{1};
constexpr node_index keyed{2};
constexpr std::uint64_t second_ns = 1'000'000'000;

stage_report report(std::uint32_t stage, std::uint32_t partition, std::vector<operator_activity> done) {
  stage_report result;
  result.stage = stage_id{stage};
  result.partition = partition_id{partition};
  result.span_ns = second_ns;
  result.operators = std::move(done);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(activity_board_suite)

BOOST_AUTO_TEST_CASE(what_has_not_been_reported_is_nothing) {
  const activity_board board;
  BOOST_TEST(board.total(map_node).records == 0U);
  BOOST_TEST(board.total(map_node).busy_share == 0);
  BOOST_TEST(board.partitions(map_node).empty());
  BOOST_TEST(board.history(map_node).empty());
}

BOOST_AUTO_TEST_CASE(the_wait_for_gates_is_a_share_of_the_time) {
  activity_board board;
  auto x = report(3, 1, {});
  x.gate_ns = second_ns / 4;
  board.take(x, 10s);
  BOOST_TEST(board.stage_partitions(stage_id{3}).at(1).gate_share == 0.25);
}

BOOST_AUTO_TEST_CASE(partitions_add_up_and_are_told_one_by_one) {
  activity_board board;
  board.take(report(0, 0, {{map_node, false, 300, second_ns / 2, 0, 0}}), 10s);
  board.take(report(0, 1, {{map_node, false, 100, second_ns / 4, 0, 0}}), 10s);
  const auto all = board.total(map_node);
  BOOST_TEST(all.records == 400U);
  BOOST_TEST(all.records_per_second == 400);
  BOOST_TEST(all.busy_share == 0.75);
  BOOST_TEST(all.busy_seconds == 0.75);
  const auto parts = board.partitions(map_node);
  BOOST_REQUIRE(parts.size() == 2U);
  BOOST_TEST(parts[0].records == 300U);
  BOOST_TEST(parts[1].busy_share == 0.25);
}

BOOST_AUTO_TEST_CASE(records_are_counted_before_they_are_combined_and_the_time_for_that_belongs_to_who_gets_them) {
  activity_board board;
  board.take(report(0, 0, {{keyed, true, 1000, second_ns / 2, 0, 0}}), 10s);
  board.take(report(1, 0, {{keyed, false, 10, second_ns / 10, 7, 80}}), 10s);
  board.take(report(1, 1, {{keyed, false, 20, second_ns / 10, 8, 90}}), 10s);
  const auto all = board.total(keyed);
  BOOST_TEST(all.records == 1000U);
  BOOST_TEST(all.records_per_second == 1000);
  BOOST_TEST(all.busy_share == 0.7, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(all.keys == 15U);
  BOOST_TEST(all.state_bytes == 170U);
  BOOST_TEST(board.partitions(keyed).at(1).records == 20U); // what has arrived there
}

BOOST_AUTO_TEST_CASE(rates_are_of_the_last_seconds) {
  activity_board board;
  for (int s = 1; s <= 20; ++s)
    board.take(report(0, 0, {{map_node, false, s <= 10 ? 1000U : 10U, 0, 0, 0}}), std::chrono::seconds{s});
  BOOST_TEST(board.total(map_node).records_per_second == 10);
  BOOST_TEST(board.total(map_node).records == 10'100U);
}

BOOST_AUTO_TEST_CASE(the_history_has_a_point_a_second_and_a_bound) {
  activity_board board;
  for (int s = 1; s <= 500; ++s)
    for (const auto ms : {0ms, 500ms})
      board.take(report(0, 0, {{map_node, false, 5, second_ns / 10, 0, 0}}), std::chrono::seconds{s} + ms);
  const auto points = board.history(map_node);
  BOOST_TEST(points.size() == 120U);
  BOOST_TEST(points.back().time.count() == 500'000'000);
  BOOST_TEST(points.back().records_per_second == 10);
  BOOST_TEST(points.back().busy_share == 0.2);
}

BOOST_AUTO_TEST_CASE(after_an_epoch_the_sums_stay_and_the_rates_and_states_do_not) {
  activity_board board;
  board.take(report(0, 0, {{map_node, false, 300, second_ns / 2, 5, 0}}), 10s);
  board.epoch_ended();
  const auto all = board.total(map_node);
  BOOST_TEST(all.records == 300U);
  BOOST_TEST(all.records_per_second == 0);
  BOOST_TEST(all.keys == 0U);
}

BOOST_AUTO_TEST_CASE(a_stage_is_told_as_a_whole_by_partition) {
  activity_board board;
  BOOST_TEST(board.stage_partitions(stage_id{0}).empty());
  auto x = report(0, 1, {});
  x.busy_ns = second_ns / 4;
  x.batches = 3;
  x.bytes = 600;
  board.take(x, 10s);
  board.take(x, 11s);
  const auto parts = board.stage_partitions(stage_id{0});
  BOOST_REQUIRE(parts.size() == 2U);
  BOOST_TEST(parts[0].batches_per_second == 0);
  BOOST_TEST(parts[1].busy_share == 0.25);
  BOOST_TEST(parts[1].batches_per_second == 3);
  BOOST_TEST(parts[1].bytes_per_second == 600);
  board.epoch_ended();
  BOOST_TEST(board.stage_partitions(stage_id{0}).empty());
}

BOOST_AUTO_TEST_CASE(the_growth_of_a_state_is_noted_over_all_partitions) {
  activity_board board;
  for (std::uint32_t i = 1; i <= 4; ++i) {
    board.take(report(1, 0, {{keyed, false, 10, 0, 100 * i, 0}}), std::chrono::seconds{i});
    board.take(report(1, 1, {{keyed, false, 10, 0, 50 * i, 0}}), std::chrono::seconds{i});
    board.note_states(std::chrono::seconds{i});
  }
  const auto x = board.growth(keyed);
  BOOST_TEST(x.is_steady);
  BOOST_TEST(x.keys_per_second == 150);
  BOOST_TEST(board.growth(map_node).seconds == 0);
  board.epoch_ended();
  BOOST_TEST(board.growth(keyed).seconds == 0);
}

BOOST_AUTO_TEST_SUITE_END()
