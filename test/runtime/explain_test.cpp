// SPDX-License-Identifier: BSD-3-Clause
#include <chrono>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/plan/explain.hpp>
#include <sluice/runtime/program/command_line.hpp>
#include <sluice/runtime/program/streaming_context.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using pair = std::pair<std::string_view, int>;

std::optional<int> keep_last(std::span<const int> values, std::optional<int> old) {
  return values.empty() ? old : std::optional{values.back()};
}

/// A program with everything that is shown.
void compose(streaming_context& ctx) {
  const auto lines = ctx.queue_stream(std::make_shared<record_queue<std::string_view>>());
  const auto ones = lines.flat_map(split(' ')).map([](std::string_view w) { return pair{w, 1}; });
  ones.update_state_by_key(keep_last, 3).named("\"totals\"").print();
  ones.window(4s, 2s).repartition(1).transform([](const rdd<pair>& x) { return x; }).named("mine").print();
  static_cast<void>(lines.count());
}

std::string explained(plan_format format) {
  runtime_options how;
  how.partitions = 2;
  streaming_context ctx{1s, how};
  compose(ctx);
  return ctx.explain(format);
}

} // namespace

BOOST_AUTO_TEST_SUITE(explain_suite)

BOOST_AUTO_TEST_CASE(the_text_names_stages_edges_operators_and_state) {
  BOOST_TEST(explained(plan_format::text) == R"(stage 0, 2 partitions
  queue_stream#0, emits text
  flat_map#1 <- queue_stream#0, emits text
  map#2 <- flat_map#1, emits (text,i32)
  window(4000 ms)#5 <- map#2, emits (text,i32), keeps window of (text,i32), every 2000 ms
stage 1, 3 partitions
  receives map#2 from stage 0, by key, 2 to 3
  "totals": update_state_by_key <- map#2, emits (text,i32), keeps (text,i32)
stage 2, 1 partition
  receives window(4000 ms)#5 from stage 0, in turn, 2 to 1
  repartition#6 <- window(4000 ms)#5, emits (text,i32)
stage 3, 1 partition on the driver
  receives repartition#6 from stage 2, gathered, 1 to 1
  mine: transform <- repartition#6, emits (text,i32)
stage 4, 1 partition on the driver
  receives "totals" from stage 1, gathered, 3 to 1
  receives mine from stage 3, gathered, 1 to 1
  print#4 <- "totals", takes (text,i32)
  print#8 <- mine, takes (text,i32)
never computed, for it leads to no output: count#9
)");
}

BOOST_AUTO_TEST_CASE(an_output_says_what_it_delivers_if_that_is_more_than_at_least_once) {
  runtime_options how;
  how.partitions = 1;
  streaming_context ctx{1s, how};
  const auto lines = ctx.queue_stream(std::make_shared<record_queue<std::string_view>>());
  lines.save_as_text_files("out");
  lines.foreach_rdd([](const rdd<std::string_view>&) {});
  const auto said = ctx.explain(plan_format::text);
  BOOST_TEST(said.find("save_as_text_files#1 <- queue_stream#0, takes text, delivers exactly once (idempotent)\n")
             != said.npos);
  BOOST_TEST(said.find("foreach_rdd#2 <- queue_stream#0, takes text\n") != said.npos);
}

BOOST_AUTO_TEST_CASE(dot_has_a_cluster_a_stage_and_an_arrow_an_edge) {
  BOOST_TEST(explained(plan_format::dot) == R"(digraph sluice {
  node [shape=box];
  subgraph cluster_0 {
    label="stage 0, 2 partitions";
    n0 [label="queue_stream#0", shape=ellipse];
    n1 [label="flat_map#1", shape=box];
    n2 [label="map#2", shape=box];
    n5 [label="window(4000 ms)#5", shape=cylinder];
  }
  subgraph cluster_1 {
    label="stage 1, 3 partitions";
    n3 [label="\"totals\": update_state_by_key", shape=cylinder];
  }
  subgraph cluster_2 {
    label="stage 2, 1 partition";
    n6 [label="repartition#6", shape=box];
  }
  subgraph cluster_3 {
    label="stage 3, 1 partition on the driver";
    n7 [label="mine: transform", shape=box];
  }
  subgraph cluster_4 {
    label="stage 4, 1 partition on the driver";
    n4 [label="print#4", shape=ellipse];
    n8 [label="print#8", shape=ellipse];
  }
  n0 -> n1;
  n1 -> n2;
  n2 -> n5;
  n2 -> n3 [label="by key", style=bold];
  n5 -> n6 [label="in turn", style=bold];
  n6 -> n7 [label="gathered"];
  n3 -> n4 [label="gathered"];
  n7 -> n8 [label="gathered"];
}
)");
}

BOOST_AUTO_TEST_CASE(mermaid_has_a_subgraph_a_stage_and_an_arrow_an_edge) {
  BOOST_TEST(explained(plan_format::mermaid) == R"(flowchart TB
  subgraph s0["stage 0, 2 partitions"]
    n0(["queue_stream#35;0"])
    n1["flat_map#35;1"]
    n2["map#35;2"]
    n5[("window(4000 ms)#35;5")]
  end
  subgraph s1["stage 1, 3 partitions"]
    n3[("#quot;totals#quot;: update_state_by_key")]
  end
  subgraph s2["stage 2, 1 partition"]
    n6["repartition#35;6"]
  end
  subgraph s3["stage 3, 1 partition on the driver"]
    n7["mine: transform"]
  end
  subgraph s4["stage 4, 1 partition on the driver"]
    n4(["print#35;4"])
    n8(["print#35;8"])
  end
  n0 --> n1
  n1 --> n2
  n2 --> n5
  n2 == by key ==> n3
  n5 == in turn ==> n6
  n6 -- gathered --> n7
  n3 -- gathered --> n4
  n7 -- gathered --> n8
)");
}

BOOST_AUTO_TEST_CASE(the_command_line_asks_for_the_plan) {
  const program_info info{"A test."};
  const auto parse = [&info](std::vector<std::string> arguments) {
    return command_line{info, "p", arguments}.explain();
  };
  BOOST_TEST(!parse({}).has_value());
  BOOST_TEST((parse({"--explain"}) == plan_format::text));
  BOOST_TEST((parse({"--explain=text"}) == plan_format::text));
  BOOST_TEST((parse({"--explain=dot", "--partitions", "2"}) == plan_format::dot));
  BOOST_TEST((parse({"--explain=mermaid"}) == plan_format::mermaid));
  const auto refused = [](const command_line::early_exit& e) { return e.code == exit_usage; };
  BOOST_CHECK_EXCEPTION(parse({"--explain=png"}), command_line::early_exit, refused);
  BOOST_CHECK_EXCEPTION(parse({"--explain", "--node", "127.0.0.1:4711"}), command_line::early_exit, refused);
}

BOOST_AUTO_TEST_CASE(a_program_without_outputs_computes_nothing) {
  streaming_context ctx{1s};
  static_cast<void>(ctx.queue_stream(std::make_shared<record_queue<int>>()));
  BOOST_TEST(ctx.explain() == "never computed, for it leads to no output: queue_stream#0\n");
  BOOST_TEST(ctx.explain(plan_format::mermaid) == "flowchart TB\n");
}

BOOST_AUTO_TEST_SUITE_END()
