// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/topology.hpp>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>

using namespace sluice;

namespace {

topology_node node(std::string kind, const std::vector<node_index>& parents = {},
                   edge_kind inbound = edge_kind::fused) {
  topology_node result;
  result.kind = std::move(kind);
  for (const auto parent : parents)
    result.parents.push_back({parent, {}});
  result.inbound = inbound;
  result.record_schema = "i32";
  return result;
}

topology example() {
  topology result;
  const auto a = result.add(node("input"));
  const auto b = result.add(node("map", {a}));
  auto keeper = node("update_state_by_key", {b}, edge_kind::hash);
  keeper.state_schema = "(i32,i64)";
  keeper.partitions = 3;
  const auto c = result.add(std::move(keeper));
  const auto both = result.add(node("union", {a, c}));
  auto print = node("print", {both}, edge_kind::forward);
  print.output = result.next_output();
  result.add(std::move(print));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(topology_suite)

BOOST_AUTO_TEST_CASE(a_description_has_a_line_for_each_operator) {
  BOOST_TEST(example().describe()
             == "input#0: input -> i32\n"
                "map#1: map <- input#0 -> i32\n"
                "update_state_by_key#2: update_state_by_key <# map#1 -> i32 keeps (i32,i64) on 3\n"
                "union#3: union <- input#0, update_state_by_key#2 -> i32\n"
                "print#4: print <= union#3 -> i32\n");
}

BOOST_AUTO_TEST_CASE(the_same_program_has_the_same_fingerprint_and_another_one_has_not) {
  BOOST_TEST(example().fingerprint() == example().fingerprint());
  auto renamed = example();
  renamed.rename(node_index{1}, "words");
  BOOST_TEST(renamed.fingerprint() != example().fingerprint());
  auto longer = example();
  longer.add(node("map", {node_index{0}}));
  BOOST_TEST(longer.fingerprint() != example().fingerprint());
}

BOOST_AUTO_TEST_CASE(outputs_are_numbered_in_order_of_definition) {
  auto graph = example();
  BOOST_TEST(graph.outputs() == 1U);
  BOOST_TEST((graph.next_output() == output_number{1}));
}

BOOST_AUTO_TEST_CASE(names_are_unique_and_of_reasonable_length) {
  auto graph = example();
  graph.rename(node_index{2}, "totals");
  BOOST_TEST(graph.node(node_index{2}).name == "totals");
  BOOST_CHECK_THROW(graph.rename(node_index{1}, "totals"), usage_error);
  BOOST_CHECK_THROW(graph.rename(node_index{1}, ""), usage_error);
  BOOST_CHECK_THROW(graph.rename(node_index{1}, std::string(201, 'x')), usage_error);
  auto clash = node("map", {node_index{0}});
  clash.name = "totals";
  BOOST_CHECK_THROW(graph.add(std::move(clash)), usage_error);
  BOOST_TEST(graph.nodes().size() == 5U);
}

BOOST_AUTO_TEST_CASE(an_operator_may_be_given_the_name_it_has) {
  auto graph = example();
  graph.rename(node_index{1}, "words");
  graph.rename(node_index{1}, "words");
  BOOST_TEST(graph.node(node_index{1}).name == "words");
}

BOOST_AUTO_TEST_CASE(a_frozen_topology_says_why_it_does_not_change) {
  auto graph = example();
  graph.freeze("the context has started");
  const auto says_why = [](const usage_error& e) { return std::string_view{e.what()} == "the context has started"; };
  BOOST_CHECK_EXCEPTION(graph.add(node("map", {node_index{0}})), usage_error, says_why);
  BOOST_CHECK_EXCEPTION(graph.rename(node_index{0}, "x"), usage_error, says_why);
}

BOOST_AUTO_TEST_SUITE_END()
