// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/plan/planner.hpp>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;

namespace {

using pair = std::pair<int, int>;
using stream = dstream<pair>;

stream reduced(const stream& s, std::optional<std::uint32_t> partitions = {}) {
  return s.reduce_by_key(std::plus<>{}, partitions);
}

stream mapped(const stream& s) {
  return s.map([](const pair& x) { return x; });
}

void end(const stream& s) {
  s.foreach_rdd([](const auto&) {});
}

/// The kinds of the operators of a stage, in order.
std::vector<std::string> kinds(const topology& graph, const stage_plan& stage) {
  std::vector<std::string> result;
  for (const auto i : stage.nodes)
    result.push_back(graph.node(i).kind);
  return result;
}

using names = std::vector<std::string>;

/// What must be true of every plan.
void check_plan(const topology& graph, const execution_plan& plan) {
  std::set<node_index> placed;
  std::set<edge_id> edges;
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const auto& stage = plan.stages[i];
    BOOST_REQUIRE_EQUAL(stage.id.value(), i);
    BOOST_REQUIRE_GE(stage.partitions, 1U);
    BOOST_REQUIRE_EQUAL(stage.runs_outputs, i + 1 == plan.stages.size());
    BOOST_REQUIRE(std::ranges::is_sorted(stage.nodes));
    for (const auto n : stage.nodes) {
      BOOST_REQUIRE_MESSAGE(placed.insert(n).second, "a node is in two stages");
      BOOST_REQUIRE_EQUAL(graph.node(n).output.has_value(), stage.runs_outputs);
    }
    for (const auto& edge : stage.outbound) {
      BOOST_REQUIRE(edge.from_stage == stage.id);
      BOOST_REQUIRE_LT(stage.id.value(), edge.to_stage.value());
      BOOST_REQUIRE_EQUAL(edge.senders, stage.partitions);
      BOOST_REQUIRE(graph.node(edge.to).factory.make_sender);
      const auto& target = plan.stage(edge.to_stage);
      BOOST_REQUIRE_EQUAL(edge.targets, target.partitions);
      BOOST_REQUIRE(std::ranges::find(target.inbound, edge.id, &plan_edge::id) != target.inbound.end());
    }
    for (const auto& edge : stage.inbound) {
      BOOST_REQUIRE(edge.to_stage == stage.id);
      BOOST_REQUIRE(edges.insert(edge.id).second);
      BOOST_REQUIRE(std::ranges::binary_search(stage.nodes, edge.to));
    }
    // Without a sender a partition would wait for the end of its first batch for ever.
    for (std::uint32_t to = 0; to < stage.partitions; ++to)
      BOOST_REQUIRE_MESSAGE(std::ranges::any_of(stage.inbound,
                                                [&](const plan_edge& edge) {
                                                  for (std::uint32_t from = 0; from < edge.senders; ++from)
                                                    if (edge.connects(partition_id{from}, partition_id{to}))
                                                      return true;
                                                  return false;
                                                }),
                            "partition " << to << " of stage " << i << " has no sender");
  }
  // A parent is in the same stage, or there is an edge.
  for (const auto& stage : plan.stages)
    for (const auto n : stage.nodes)
      for (const auto& parent : graph.node(n).parents) {
        BOOST_REQUIRE(placed.contains(parent.node));
        const auto fused = std::ranges::binary_search(stage.nodes, parent.node);
        const auto edge =
            std::ranges::any_of(stage.inbound, [&](const plan_edge& x) { return x.to == n && x.from == parent; });
        BOOST_REQUIRE_NE(fused, edge);
      }
}

/// A topology of unions, shuffles and narrow operators, put together at random.
test::composing random_program(std::mt19937_64& random) {
  test::composing program;
  std::vector<stream> streams;
  for (auto n = 1 + random() % 3; n != 0; --n)
    streams.push_back(program.input<pair>());
  const auto any = [&] { return streams[random() % streams.size()]; };
  for (auto n = random() % 20; n != 0; --n)
    switch (random() % 5) {
      case 0: streams.push_back(reduced(any())); break;
      case 1: streams.push_back(reduced(any(), 1 + random() % 4)); break;
      case 2: streams.push_back(mapped(any())); break;
      default: streams.push_back(any().union_with(any())); break;
    }
  for (auto n = 1 + random() % 3; n != 0; --n)
    end(any());
  return program;
}

} // namespace

BOOST_AUTO_TEST_SUITE(planner)

BOOST_AUTO_TEST_CASE(narrow_operators_share_a_stage_and_shuffles_and_outputs_begin_one) {
  test::composing program;
  const auto in = program.input<pair>();
  end(mapped(reduced(mapped(in))));
  const auto plan = make_plan(program.graph(), 4);
  check_plan(program.graph(), plan);
  BOOST_REQUIRE_EQUAL(plan.stages.size(), 3U);
  BOOST_TEST((kinds(program.graph(), plan.stages[0]) == names{"test_stream", "map"}));
  BOOST_TEST((kinds(program.graph(), plan.stages[1]) == names{"reduce_by_key", "map"}));
  BOOST_TEST((kinds(program.graph(), plan.stages[2]) == names{"foreach_rdd"}));
  BOOST_TEST(plan.stages[0].partitions == 4U);
  BOOST_TEST(plan.stages[1].partitions == 4U);
  BOOST_TEST(plan.stages[2].partitions == 1U);
  BOOST_REQUIRE_EQUAL(plan.inputs.size(), 1U);
  BOOST_TEST(plan.inputs[0].senders == 1U);
  BOOST_TEST(plan.inputs[0].targets == 4U);
}

BOOST_AUTO_TEST_CASE(all_outputs_are_in_the_last_stage) {
  test::composing program;
  const auto in = program.input<pair>();
  end(in);
  end(reduced(in));
  end(in.union_with(reduced(in)));
  const auto plan = make_plan(program.graph(), 2);
  check_plan(program.graph(), plan);
  BOOST_TEST((kinds(program.graph(), plan.stages.back()) == names(3, "foreach_rdd")));
  BOOST_TEST(plan.stages.back().inbound.size() == 3U);
}

BOOST_AUTO_TEST_CASE(streams_without_output_are_left_out) {
  test::composing program;
  const auto in = program.input<pair>();
  const auto unused = program.input<pair>();
  reduced(mapped(in));
  reduced(unused.union_with(in));
  end(in);
  const auto plan = make_plan(program.graph(), 2);
  check_plan(program.graph(), plan);
  BOOST_TEST(plan.stages.size() == 2U);
  BOOST_REQUIRE_EQUAL(plan.inputs.size(), 1U);
  BOOST_TEST((program.graph().node(plan.inputs[0].to).input == stream_id{0}));
}

BOOST_AUTO_TEST_CASE(a_union_joins_the_stages_of_streams_that_do_not_depend_on_each_other) {
  test::composing program;
  const auto a = program.input<pair>();
  const auto b = program.input<pair>();
  const auto c = program.input<pair>();
  end(mapped(a.union_with(b)).union_with(c.union_with(c)));
  const auto plan = make_plan(program.graph(), 2);
  check_plan(program.graph(), plan);
  BOOST_TEST(plan.stages.size() == 2U);
  BOOST_TEST(plan.inputs.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_union_of_a_stream_with_what_was_made_of_it_begins_a_stage) {
  test::composing program;
  const auto a = program.input<pair>();
  const auto b = program.input<pair>();
  // The second union would close a circle by way of the first one's stage.
  const auto both = a.union_with(b);
  end(reduced(both).union_with(a));
  end(reduced(a).union_with(reduced(b)));
  const auto plan = make_plan(program.graph(), 2);
  check_plan(program.graph(), plan);
}

BOOST_AUTO_TEST_CASE(a_union_of_streams_of_different_widths_is_as_wide_as_the_widest) {
  for (const auto by_default : {1U, 4U, 9U}) {
    test::composing program;
    const auto a = program.input<pair>();
    end(reduced(a, 2).union_with(reduced(a, 3)));
    const auto plan = make_plan(program.graph(), by_default);
    check_plan(program.graph(), plan);
    const auto& united = plan.stages[plan.stages.size() - 2];
    BOOST_TEST((kinds(program.graph(), united) == names{"union"}));
    BOOST_TEST(united.partitions == 3U);
  }
}

BOOST_AUTO_TEST_CASE(an_edge_connects_the_partitions_that_may_send_to_each_other) {
  plan_edge edge;
  edge.from_stage = stage_id{0};
  edge.senders = 3;
  edge.targets = 2;
  const auto connected = [&](std::uint32_t from, std::uint32_t to) {
    return edge.connects(partition_id{from}, partition_id{to});
  };
  edge.kind = edge_kind::forward;
  BOOST_TEST(connected(0, 0));
  BOOST_TEST(!connected(0, 1));
  BOOST_TEST(connected(1, 1));
  BOOST_TEST(connected(2, 0));
  edge.kind = edge_kind::hash;
  BOOST_TEST(connected(0, 1));
  BOOST_TEST(connected(2, 1));
  // A batch generator sends to all.
  edge.kind = edge_kind::forward;
  edge.from_stage.reset();
  BOOST_TEST(connected(0, 1));
}

BOOST_AUTO_TEST_CASE(every_plan_of_a_random_topology_runs_to_the_end) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937_64 random{seed};
      const auto program = random_program(random);
      const auto partitions = 1 + static_cast<std::uint32_t>(random() % 4);
      check_plan(program.graph(), make_plan(program.graph(), partitions));
      test::pipeline run{program, {.partitions = partitions, .seed = seed}};
      for (auto t = 0; t < 3; ++t) {
        for (std::uint32_t input = 0; input < 3; ++input)
          run.add(input, make_batch<pair>(std::vector<pair>(10, {t, 1})));
        run.cut();
      }
      BOOST_REQUIRE_NO_THROW(run.run());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_same_topology_gives_the_same_plan_on_every_node) {
  std::mt19937_64 random{7};
  const auto program = random_program(random);
  const auto one = make_plan(program.graph(), 3);
  const topology copy = program.graph();
  const auto other = make_plan(copy, 3);
  BOOST_REQUIRE_EQUAL(one.stages.size(), other.stages.size());
  for (std::size_t i = 0; i < one.stages.size(); ++i) {
    BOOST_TEST((one.stages[i].nodes == other.stages[i].nodes));
    for (std::size_t e = 0; e < one.stages[i].outbound.size(); ++e)
      BOOST_TEST((one.stages[i].outbound[e].id == other.stages[i].outbound[e].id));
  }
}

BOOST_AUTO_TEST_CASE(a_long_ladder_of_unions_is_planned_at_once) {
  // There are 2^60 ways through it.
  test::composing program;
  auto s = program.input<pair>();
  for (auto n = 0; n < 60; ++n)
    s = reduced(s).union_with(s);
  end(s);
  check_plan(program.graph(), make_plan(program.graph(), 2));
}

BOOST_AUTO_TEST_SUITE_END()
