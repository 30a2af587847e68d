// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/stage_meter.hpp>

#include <sluice/operators/stage/stage.hpp>

#include <numeric>
#include <stdexcept>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;

namespace {

std::int64_t now = 0;
std::int64_t read_clock() { return now; }

using pair = std::pair<int, int>;

/// Numbers are doubled and then summed by key, over one partition.
struct measured_stages {
  test::composing program;
  dstream<int> in = program.input<int>();
  execution_plan plan = plan_of(in.map([](int x) {
                                    now += 100;
                                    return pair{x % 10, x};
                                  }).reduce_by_key(std::plus<>{}));
  stage first;
  edge_id from_input = plan.inputs.at(0).id;

  explicit measured_stages(const stage_setting& how = {})
      : first{program.graph(), plan.stages.at(0), partition_id{0}, how} {
    first.measure(read_clock);
  }

  void run_batch(std::int64_t t, const std::vector<int>& numbers) {
    BOOST_REQUIRE(!first.on_data(from_input, partition_id{0}, batch_time{t}, make_batch<int>(numbers)));
    first.on_end(from_input, partition_id{0}, batch_time{t});
    first.effects().clear();
  }

private:
  execution_plan plan_of(const dstream<pair>& sums) const {
    sums.foreach_rdd([](const auto&) {});
    return make_plan(program.graph(), 1);
  }
};

const operator_activity& activity_of(const stage_report& report, std::uint32_t node, bool sends = false) {
  for (const auto& x : report.operators)
    if (x.node == node_index{node} && x.sends == sends)
      return x;
  throw std::out_of_range{"the operator is not in the report"};
}

} // namespace

BOOST_AUTO_TEST_SUITE(stage_meter_suite)

BOOST_AUTO_TEST_CASE(time_belongs_to_the_operator_that_runs_and_not_to_the_one_that_pushed_to_it) {
  stage_timer timer{read_clock};
  operator_meter outer{.timer = &timer};
  operator_meter inner{.timer = &timer};
  timer.begin(1);
  {
    const metered a{&outer, 3};
    now += 10;
    {
      const metered b{&inner, 2};
      now += 5;
    }
    now += 1;
  }
  now += 7; // of the stage itself
  timer.end();
  BOOST_TEST(outer.records == 3U);
  BOOST_TEST(outer.time == 11U);
  BOOST_TEST(inner.records == 2U);
  BOOST_TEST(inner.time == 5U);
  BOOST_TEST(timer.take_busy() == 23U);
  BOOST_TEST(timer.take_busy() == 0U);
}

BOOST_AUTO_TEST_CASE(a_step_stands_for_as_many_as_it_weighs_and_one_without_weight_only_counts) {
  stage_timer timer{read_clock};
  operator_meter x{.timer = &timer};
  for (const std::uint32_t weight : {8, 0}) {
    timer.begin(weight);
    {
      const metered counted{&x, 1};
      now += 10;
    }
    timer.end();
  }
  BOOST_TEST(x.records == 2U);
  BOOST_TEST(x.time == 80U);
  BOOST_TEST(timer.take_busy() == 20U);
}

BOOST_AUTO_TEST_CASE(an_operator_that_throws_gives_the_clock_back) {
  stage_timer timer{read_clock};
  operator_meter outer{.timer = &timer};
  operator_meter inner{.timer = &timer};
  timer.begin(1);
  {
    const metered a{&outer, 1};
    try {
      const metered b{&inner, 1};
      now += 5;
      throw std::runtime_error{"no"};
    } catch (const std::runtime_error&) {
    }
    now += 2;
  }
  timer.end();
  BOOST_TEST(inner.time == 5U);
  BOOST_TEST(outer.time == 2U);
}

BOOST_AUTO_TEST_CASE(a_stage_counts_what_each_operator_takes_and_shares_out_its_time) {
  measured_stages s;
  s.run_batch(1, {1, 2, 3, 11, 12, 13});
  const auto report = s.first.take_activity();
  BOOST_TEST(report.batches == 1U);
  BOOST_TEST(report.bytes > 0U);
  BOOST_TEST(activity_of(report, 0).records == 6U);
  BOOST_TEST(activity_of(report, 1).records == 6U);
  BOOST_TEST(activity_of(report, 1).busy_ns == 600U); // the function of the user
  BOOST_TEST(activity_of(report, 2, true).records == 6U);
  BOOST_TEST(activity_of(report, 2, true).busy_ns == 0U);
  BOOST_TEST(report.busy_ns == 600U);
  BOOST_TEST(s.first.take_activity().batches == 0U);
}

BOOST_AUTO_TEST_CASE(the_wait_for_a_gate_begins_when_nothing_else_of_the_batch_is_missing) {
  stage_setting how;
  how.is_gated = true;
  measured_stages s{how};
  s.run_batch(1, {});
  now += 300;
  BOOST_TEST(s.first.take_activity().gate_ns == 300U); // so far
  now += 200;
  s.first.on_end(gate_edge, partition_id{0}, batch_time{1});
  now += 1000;
  BOOST_TEST(s.first.take_activity().gate_ns == 200U);
  s.first.on_end(gate_edge, partition_id{0}, batch_time{2}); // it opens before the batch has ended
  now += 1000;
  s.run_batch(2, {});
  BOOST_TEST(s.first.take_activity().gate_ns == 0U);
}

BOOST_AUTO_TEST_CASE(many_steps_are_timed_by_sample_and_come_out_about_right) {
  measured_stages s;
  constexpr int steps = 800;
  for (int i = 0; i < steps; ++i)
    s.run_batch(i + 1, {1});
  const auto report = s.first.take_activity();
  BOOST_TEST(report.busy_ns == 100U * steps);
  BOOST_TEST(activity_of(report, 1).records == std::uint64_t{steps});
  BOOST_TEST(activity_of(report, 1).busy_ns > 90U * steps);
  BOOST_TEST(activity_of(report, 1).busy_ns < 110U * steps);
}

BOOST_AUTO_TEST_CASE(records_are_shown_while_somebody_looks) {
  measured_stages x;
  const auto texts = [&x](std::size_t tail) { return x.first.take_activity().tails.at(tail).texts; };
  x.run_batch(1000, {1});
  BOOST_TEST(x.first.take_activity().tails.empty());
  x.first.show({{}, node_index{0}, node_index{0}, codec<int>::schema()}); // what the input takes, which comes encoded
  x.run_batch(2000, {1, 2, 3, 4, 5, 6, 7});
  BOOST_TEST(texts(0) == (std::vector<std::string>{"3", "4", "5", "6", "7"})); // the last ones
  x.first.show({{}, node_index{0}, node_index{0}, codec<int>::schema(), false});
  x.first.show({{}, node_index{1}, node_index{2}, codec<pair>::schema()}); // what the sums take, before it is combined
  x.run_batch(3000, {21, 31});
  auto report = x.first.take_activity();
  BOOST_REQUIRE_EQUAL(report.tails.size(), 1U);
  BOOST_TEST(!report.tails[0].was_encoded);
  BOOST_TEST(report.tails[0].texts == (std::vector<std::string>{"(1,21)", "(1,31)"}));
  for (std::int64_t t = 4000; t < 20'000; t += 1000)
    x.run_batch(t, {1, 2, 3});
  BOOST_TEST(texts(0).size() == record_tail::most);
  x.first.show({{}, node_index{1}, node_index{2}, codec<pair>::schema(), false});
  x.run_batch(20'000, {1});
  BOOST_TEST(x.first.take_activity().tails.empty());
}

BOOST_AUTO_TEST_CASE(a_long_record_is_cut_off) {
  record_tail tail;
  tail.add(std::string(5000, 'x'));
  BOOST_TEST(tail.take().front().size() < record_tail::most_bytes + 10);
}

BOOST_AUTO_TEST_SUITE_END()
