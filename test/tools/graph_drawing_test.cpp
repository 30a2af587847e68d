// SPDX-License-Identifier: BSD-3-Clause
#include "samples.hpp"

#include <sluice/tool/views/graph_drawing.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice::tool;
using namespace sluice::test;

BOOST_AUTO_TEST_SUITE(graph_drawing)

BOOST_AUTO_TEST_CASE(graphviz_gets_a_cluster_for_each_stage) {
  BOOST_TEST(graph_as_dot(sample_graph()) == R"(digraph sluice {
  rankdir=LR;
  node [shape=box, style=rounded, fontname="sans-serif"];
  edge [fontname="sans-serif", fontsize=10];
  subgraph cluster_0 {
    label="stage 0";
    o0 [label="socket_text_stream#0\n5.0/s, busy 1.0 %"];
    o1 [label="map#1\n5.0/s, busy 2.0 %"];
  }
  subgraph cluster_1 {
    label="stage 1";
    o2 [label="reduce_by_key#2\n50/s, busy 95 %"];
  }
  o0 -> o1;
  o1 -> o2 [label="hash, 50/s"];
}
)");
}

BOOST_AUTO_TEST_CASE(mermaid_gets_a_subgraph_for_each_stage) {
  BOOST_TEST(graph_as_mermaid(sample_graph()) == R"(flowchart LR
  subgraph s0 [stage 0]
    o0["socket_text_stream#35;0<br>5.0/s, busy 1.0 %"]
    o1["map#35;1<br>5.0/s, busy 2.0 %"]
  end
  subgraph s1 [stage 1]
    o2["reduce_by_key#35;2<br>50/s, busy 95 %"]
  end
  o0 --> o1
  o1 -->|"hash, 50/s"| o2
)");
}

BOOST_AUTO_TEST_CASE(names_cannot_leave_their_quotes) {
  auto graph = sample_graph();
  graph["operators"][1]["name"] = "a\"]; evil\\ <b>\x1b";
  graph["edges"][1]["kind"] = "x\"|y";
  const auto dot = graph_as_dot(graph);
  BOOST_TEST(dot.find(R"([label="a\"]; evil\\ <b>�\n5.0/s)") != std::string::npos, dot);
  BOOST_TEST(dot.find(R"([label="x\"|y, 50/s"])") != std::string::npos, dot);
  const auto mermaid = graph_as_mermaid(graph);
  BOOST_TEST(mermaid.find(R"(["a#quot;]; evil\ #lt;b#gt;�<br>)") != std::string::npos, mermaid);
  BOOST_TEST(mermaid.find(R"(|"x#quot;|y, 50/s"|)") != std::string::npos, mermaid);
}

BOOST_AUTO_TEST_CASE(an_answer_without_anything_is_an_empty_drawing) {
  BOOST_TEST(graph_as_mermaid(nlohmann::json::object()) == "flowchart LR\n");
  BOOST_TEST(graph_as_dot(nlohmann::json::array()).ends_with("}\n"));
}

BOOST_AUTO_TEST_SUITE_END()
