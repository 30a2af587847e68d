// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/stage/stage.hpp>

#include <numeric>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using test::pipeline;

namespace {

using pair = std::pair<int, int>;

/// (n, n) reduced to one number a key by way of one stage to another; the plan and the first partition of both.
struct two_stages {
  test::composing program;
  dstream<int> in = program.input<int>();
  execution_plan plan = plan_of(in.map([](int x) { return pair{x % 10, x}; }).reduce_by_key(std::plus<>{}));
  std::ostringstream out;
  stage first{program.graph(), plan.stages.at(0), partition_id{0}, stage_setting{&out}};
  stage second{program.graph(), plan.stages.at(1), partition_id{1}, stage_setting{&out}};
  edge_id from_input = plan.inputs.at(0).id;
  edge_id between = plan.stages.at(0).outbound.at(0).id;

private:
  execution_plan plan_of(const dstream<pair>& sums) const {
    sums.foreach_rdd([](const auto&) {});
    return make_plan(program.graph(), 2);
  }
};

batch some_numbers() { return make_batch<int>(std::vector{1, 2, 3, 11, 12, 13}); }

std::size_t records_of(const stage_effects& effects, batch_time t) {
  std::size_t result = 0;
  for (const auto& parcel : effects.parcels)
    if (parcel.time == t)
      result += parcel.content.count();
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stage_suite)

BOOST_AUTO_TEST_CASE(a_batch_closes_when_all_senders_have_ended_it) {
  two_stages s;
  BOOST_TEST(!s.first.on_data(s.from_input, partition_id{0}, batch_time{1}, some_numbers()));
  BOOST_TEST(s.first.effects().closed.empty());
  s.first.on_end(s.from_input, partition_id{0}, batch_time{1});
  BOOST_TEST((s.first.effects().closed == std::vector{batch_time{1}}));
  // Combined before they are sent: three keys instead of six records.
  BOOST_TEST(records_of(s.first.effects(), batch_time{1}) == 3U);

  s.second.on_end(s.between, partition_id{0}, batch_time{1});
  BOOST_TEST(s.second.effects().closed.empty());
  s.second.on_end(s.between, partition_id{1}, batch_time{1});
  BOOST_TEST((s.second.effects().closed == std::vector{batch_time{1}}));
}

BOOST_AUTO_TEST_CASE(batches_that_are_open_at_the_same_time_do_not_mix) {
  two_stages s;
  const auto reduced = [](int key, int sum) { return make_batch<pair>(std::vector{pair{key, sum}}); };
  const auto data = [&](std::uint32_t from, std::int64_t t, const batch& records) {
    BOOST_REQUIRE(!s.second.on_data(s.between, partition_id{from}, batch_time{t}, records));
  };
  data(0, 1, reduced(1, 1));
  data(0, 2, reduced(1, 10));
  data(1, 1, reduced(1, 2));
  data(0, 3, reduced(1, 100));
  data(1, 2, reduced(1, 20));
  for (const auto t : {1, 2, 3})
    s.second.on_end(s.between, partition_id{0}, batch_time{t});
  for (const auto t : {1, 2, 3})
    s.second.on_end(s.between, partition_id{1}, batch_time{t});
  const auto& effects = s.second.effects();
  BOOST_TEST(effects.closed.size() == 3U);
  std::map<std::int64_t, int> sums;
  for (const auto& parcel : effects.parcels)
    BOOST_REQUIRE(!for_each_chunk<pair>(parcel.content, [&](auto chunk) { sums[parcel.time.ms()] = chunk[0].second; }));
  BOOST_TEST((sums == std::map<std::int64_t, int>{{1, 3}, {2, 30}, {3, 100}}));
}

BOOST_AUTO_TEST_CASE(what_changes_in_state_is_written_down_only_where_it_is_kept) {
  for (const auto kept : {true, false}) {
    test::composing program;
    const auto in = program.input<pair>();
    const auto count = [](std::span<const int> xs, std::optional<int> old) {
      return std::optional{old.value_or(0) + static_cast<int>(xs.size())};
    };
    in.update_state_by_key(count, 1).foreach_rdd([](const auto&) {});
    in.partition_by(1).window(std::chrono::seconds{2}).foreach_rdd([](const auto&) {});
    in.reduce_by_key_and_window(std::plus<>{}, std::chrono::seconds{2}, {}, 1).foreach_rdd([](const auto&) {});
    const auto plan = make_plan(program.graph(), 1);
    std::ostringstream out;
    std::size_t changes = 0;
    for (const auto& x : plan.stages) {
      stage s{program.graph(), x, partition_id{0}, stage_setting{&out}};
      if (!kept)
        s.keep_nothing();
      for (const auto& edge : x.inbound)
        if (edge.kind == edge_kind::hash)
          BOOST_REQUIRE(
              !s.on_data(edge.id, partition_id{0}, batch_time{1000}, make_batch<pair>(std::vector{pair{1, 2}})));
      for (const auto& edge : x.inbound)
        s.on_end(edge.id, partition_id{0}, batch_time{1000});
      for (const auto& change : s.effects().changes)
        for (const auto& content : change.content)
          changes += content.count();
    }
    BOOST_TEST(changes == (kept ? 3U : 0U));
  }
}

BOOST_AUTO_TEST_CASE(records_of_a_wrong_type_or_over_an_unknown_edge_are_an_error) {
  two_stages s;
  const auto wrong = make_batch<double>(std::vector{1.0});
  BOOST_TEST(is(s.first.on_data(s.from_input, partition_id{0}, batch_time{1}, wrong), ec::schema_mismatch));
  BOOST_TEST(is(s.first.on_data(edge_id{77}, partition_id{0}, batch_time{1}, some_numbers()), ec::schema_mismatch));
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_users_function_leaves_the_stage) {
  for (const auto where : {0, 1, 2, 3, 4}) {
    test::composing program;
    const auto in = program.input<int>();
    const auto fail_if = [where](int here, int x) {
      if (here == where && x == 1500)
        throw std::runtime_error{"no 1500 please"};
      return x;
    };
    in.map([=](int x) { return pair{1, fail_if(0, x)}; })
        .reduce_by_key([=](int a, int b) { return std::max(fail_if(1, a), b); })
        .update_state_by_key([=](std::span<const int> xs, std::optional<int>) {
          return std::optional{fail_if(2, xs.empty() ? 0 : xs[0])};
        })
        .filter([=](const pair& x) { return fail_if(3, x.second) >= 0; })
        .foreach_rdd([=](const rdd<pair>& x) { fail_if(4, x.collect().at(0).second); });
    pipeline run{program, {.partitions = 2}};
    run.feed(in, 0, std::vector{1, 1500, 2, 1500});
    run.cut();
    BOOST_CHECK_EXCEPTION(run.run(), std::runtime_error, [](const auto& e) {
      const std::string_view said{e.what()};
      return said.starts_with("batch 1000 ms, partition ") && said.find("no 1500 please") != said.npos;
    });
  }
}

BOOST_AUTO_TEST_CASE(a_record_too_large_for_a_batch_is_an_exception) {
  test::composing program;
  const auto in = program.input<int>();
  in.map([](int) { return std::string(max_record_bytes + 1, 'x'); }).print();
  pipeline run{program};
  run.feed(in, 0, std::vector{1});
  run.cut();
  BOOST_CHECK_EXCEPTION(run.run(), operator_failure, [](const auto& e) {
    return std::string_view{e.what()}.find("is larger than the limit of") != std::string_view::npos;
  });
}

BOOST_AUTO_TEST_CASE(large_batches_are_sent_in_pieces_while_they_last) {
  test::composing program;
  const auto in = program.input<int>();
  in.map([](int x) { return std::to_string(x) + std::string(1'000, 'x'); }).foreach_rdd([](const auto&) {});
  const auto plan = make_plan(program.graph(), 1);
  std::ostringstream out;
  stage s{program.graph(), plan.stages.at(0), partition_id{0}, stage_setting{&out}};
  std::vector<int> records(1'000);
  BOOST_REQUIRE(!s.on_data(plan.inputs[0].id, partition_id{0}, batch_time{1}, make_batch<int>(records)));
  BOOST_TEST(s.effects().parcels.size() == 3U);
  for (const auto& parcel : s.effects().parcels)
    BOOST_TEST(parcel.content.bytes().size() < send_bytes + 2'000);
  s.on_end(plan.inputs[0].id, partition_id{0}, batch_time{1});
  BOOST_TEST(records_of(s.effects(), batch_time{1}) == 1'000U);
}

BOOST_AUTO_TEST_CASE(a_stage_knows_which_states_it_keeps) {
  test::composing program;
  const auto in = program.input<pair>();
  const auto keep = [](std::span<const int> xs, std::optional<int> old) {
    return xs.empty() ? old : std::optional{xs.back()};
  };
  in.update_state_by_key(keep).named("b").print();
  in.update_state_by_key(keep).named("a").print();
  const auto plan = make_plan(program.graph(), 2);
  std::ostringstream out;
  std::vector<state_id> states;
  for (const auto& x : plan.stages)
    for (std::uint32_t p = 0; p < x.partitions; ++p) {
      const auto kept = stage{program.graph(), x, partition_id{p}, stage_setting{&out}}.states();
      states.insert(states.end(), kept.begin(), kept.end());
    }
  std::ranges::sort(states);
  BOOST_TEST((states
              == std::vector<state_id>{
                  {"a", partition_id{0}}, {"a", partition_id{1}}, {"b", partition_id{0}}, {"b", partition_id{1}}}));
}

BOOST_AUTO_TEST_CASE(state_of_another_type_is_refused) {
  test::composing program;
  const auto in = program.input<pair>();
  in.update_state_by_key([](std::span<const int>, std::optional<int> old) { return old; }).named("x").print();
  const auto plan = make_plan(program.graph(), 1);
  std::ostringstream out;
  stage keeper{program.graph(), plan.stages.at(1), partition_id{0}, stage_setting{&out}};
  const state_piece wrong{.time = batch_time{1}, .content = make_batch<int>(std::vector{1})};
  BOOST_TEST(is(keeper.restore({"x", partition_id{0}}, wrong), ec::schema_mismatch));
}

BOOST_AUTO_TEST_SUITE_END()
