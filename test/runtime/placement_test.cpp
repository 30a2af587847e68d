// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/placement.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sluice/operators/stage/topology.hpp>

using namespace sluice;

namespace {

using workers = std::vector<std::optional<std::size_t>>;

topology_node node(const std::string& kind, edge_kind inbound) {
  topology_node result;
  result.kind = kind;
  result.inbound = inbound;
  return result;
}

/// A program of two stages and an output.
struct fixture {
  topology program;

  explicit fixture(std::optional<std::uint32_t> reducers = {}) {
    auto in = node("input", edge_kind::forward);
    in.input = stream_id{0};
    auto reduce = node("reduce_by_key", edge_kind::hash);
    reduce.parents = {{program.add(std::move(in)), {}}};
    reduce.partitions = reducers;
    auto out = node("foreach_rdd", edge_kind::forward);
    out.parents = {{program.add(std::move(reduce)), {}}};
    out.output = program.next_output();
    program.add(std::move(out));
  }

  placement place(const placement_terms& terms) const { return place_program(program, terms); }
};

/// Where the partitions of a stage are.
workers of_stage(const placement& where, std::uint32_t stage) {
  workers result;
  for (const auto& x : where.places)
    if (x.stage == stage_id{stage})
      result.push_back(x.worker);
  return result;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(placement_, fixture)

BOOST_AUTO_TEST_CASE(the_users_number_comes_before_that_of_the_checkpoint_and_that_before_the_threads) {
  BOOST_TEST(place({.asked = 2, .kept = 3, .local_threads = 4, .threads_of_workers = {5}}).default_partitions == 2U);
  BOOST_TEST(place({.asked = {}, .kept = 3, .local_threads = 4, .threads_of_workers = {5}}).default_partitions == 3U);
  BOOST_TEST(place({.asked = {}, .kept = {}, .local_threads = 4, .threads_of_workers = {}}).default_partitions == 4U);
  BOOST_TEST(place({.asked = {}, .kept = {}, .local_threads = 4, .threads_of_workers = {5, 2}}).default_partitions
             == 7U);
}

BOOST_AUTO_TEST_CASE(every_partition_of_every_stage_has_one_place_in_order) {
  const fixture with_five_reducers{5};
  const auto where = with_five_reducers.place({.asked = 3, .kept = {}, .threads_of_workers = {1, 1}});
  BOOST_REQUIRE_EQUAL(where.plan.stages.size(), 3U);
  std::vector<std::pair<stage_id, partition_id>> expected;
  for (const auto& stage : where.plan.stages)
    for (std::uint32_t p = 0; p < stage.partitions; ++p)
      expected.emplace_back(stage.id, partition_id{p});
  std::vector<std::pair<stage_id, partition_id>> found;
  for (const auto& x : where.places)
    found.emplace_back(x.stage, x.partition);
  BOOST_TEST((found == expected));
  BOOST_TEST(found.size() == 3U + 5U + 1U);
}

BOOST_AUTO_TEST_CASE(without_workers_everything_runs_in_this_process) {
  const auto where = place({.asked = 3, .kept = {}, .local_threads = 8, .threads_of_workers = {}});
  for (const auto& x : where.places)
    BOOST_TEST(!x.worker);
}

BOOST_AUTO_TEST_CASE(workers_take_partitions_in_turn_each_as_often_as_it_has_threads) {
  const auto where = place({.asked = 8, .kept = {}, .threads_of_workers = {1, 3, 2}});
  const workers expected{0, 1, 2, 1, 2, 1, 0, 1};
  BOOST_TEST((of_stage(where, 0) == expected));
  BOOST_TEST((of_stage(where, 1) == expected));
}

BOOST_AUTO_TEST_CASE(outputs_run_in_this_process) {
  const auto where = place({.asked = 2, .kept = {}, .threads_of_workers = {2, 2}});
  BOOST_TEST((of_stage(where, 2) == workers{std::nullopt}));
}

BOOST_AUTO_TEST_CASE(workers_without_threads_get_nothing) {
  BOOST_TEST((of_stage(place({.asked = 3, .kept = {}, .threads_of_workers = {0, 1}}), 0) == workers{1, 1, 1}));
  BOOST_TEST((of_stage(place({.asked = 2, .kept = {}, .threads_of_workers = {0}}), 0) == workers(2)));
}

BOOST_AUTO_TEST_CASE(the_plan_is_the_one_that_workers_make_from_the_default_number) {
  const auto where = place({.asked = {}, .kept = {}, .threads_of_workers = {2, 2}});
  const auto plan = make_plan(program, where.default_partitions);
  BOOST_REQUIRE_EQUAL(plan.stages.size(), where.plan.stages.size());
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    BOOST_TEST((plan.stages[i].id == where.plan.stages[i].id));
    BOOST_TEST(plan.stages[i].partitions == where.plan.stages[i].partitions);
    BOOST_TEST((plan.stages[i].nodes == where.plan.stages[i].nodes));
  }
}

BOOST_AUTO_TEST_SUITE_END()
