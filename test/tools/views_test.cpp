// SPDX-License-Identifier: BSD-3-Clause
#include "samples.hpp"

#include <sluice/tool/client/failure.hpp>
#include <sluice/tool/text/columns.hpp>
#include <sluice/tool/text/table.hpp>
#include <sluice/tool/views/batches_view.hpp>
#include <sluice/tool/views/events_view.hpp>
#include <sluice/tool/views/graph_view.hpp>
#include <sluice/tool/views/operators_view.hpp>
#include <sluice/tool/views/settings_view.hpp>
#include <sluice/tool/views/status_view.hpp>
#include <sluice/tool/views/top_view.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace sluice::tool;
using namespace sluice::test;
using nlohmann::json;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// All that is text in an answer tries to write to the terminal.
json hostile(json x) {
  if (x.is_string())
    return "\x1b[2J" + x.get<std::string>() + "\x1b]0;\x07\u202e";
  if (x.is_structured())
    for (auto& part : x)
      part = hostile(part);
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(views)

BOOST_AUTO_TEST_CASE(the_status_says_how_a_program_is) {
  const auto text = status_view(sample_overview(), {});
  BOOST_TEST(has(text, "program   word_count  0.1.0\nstate     running\nuptime    1 min 40 s, epoch 1, started "),
             text);
  BOOST_TEST(has(text, R"(batches   99 batches completed, 1 active, one every 1 s
input     socket_text_stream#0  5.0/s, active, 500 records
last      5 records; waited 0.50 ms, ran 12 ms, in all 12 ms
failures  none
reason    ok: All is well.
)"),
             text);
}

BOOST_AUTO_TEST_CASE(all_is_well_while_a_program_runs_and_warns_of_nothing) {
  auto overview = sample_overview();
  BOOST_TEST(is_well(overview));
  overview["reason"]["level"] = "notice";
  BOOST_TEST(is_well(overview));
  overview["reason"]["level"] = "warning";
  BOOST_TEST(!is_well(overview));
  overview["reason"]["level"] = "ok";
  for (const auto* const state : {"starting", "stopping", "restarting", "stopped", "failed"}) {
    overview["state"] = state;
    BOOST_TEST(!is_well(overview), state);
  }
}

BOOST_AUTO_TEST_CASE(the_graph_says_where_records_come_from) {
  BOOST_TEST(graph_view(sample_graph(), {})
             == R"(OPERATOR                              FROM                     RATE   BUSY   KEYS
stage 0: 1 partition
  socket_text_stream#0                                        5.0/s  1.0 %
  map#1                               ← socket_text_stream#0  5.0/s  2.0 %
stage 1: 2 partitions, on the driver
  reduce_by_key#2                     ← map#1 (hash)           50/s   95 %  1.2 M
)");
}

BOOST_AUTO_TEST_CASE(an_operator_is_found_by_its_name_its_number_or_its_kind) {
  auto graph = sample_graph();
  BOOST_TEST(operator_number(graph, "map#1") == "1");
  BOOST_TEST(operator_number(graph, "2") == "2");
  BOOST_TEST(operator_number(graph, "reduce_by_key") == "2");
  BOOST_CHECK_THROW(operator_number(graph, "filter"), failure);
  graph["operators"][0]["name"] = "map#0";
  BOOST_CHECK_THROW(operator_number(graph, "map"), failure);
}

BOOST_AUTO_TEST_CASE(partitions_have_their_share) {
  auto one = sample_graph()["operators"][2];
  one["partitions"] = json::array({{{"partition", 0}, {"node", "driver"}, {"recordsIn", 400}},
                                   {{"partition", 1}, {"node", "driver"}, {"recordsIn", 100}}});
  const auto text = operator_view(one, {});
  BOOST_TEST(has(text, "400   80 %  ████████████▊\n"), text);
  BOOST_TEST(has(text, "100   20 %  ███▎\n"), text);
}

BOOST_AUTO_TEST_CASE(batches_are_as_many_as_are_wanted) {
  BOOST_TEST(batches_table(sample_overview(), 1).lines({}).size() == 2);
  BOOST_TEST(batches_table(sample_overview(), 9).lines({}).size() == 3);
  BOOST_TEST(batches_view(json::object(), 9, {}) == "there is no batch yet\n");
}

BOOST_AUTO_TEST_CASE(events_below_the_level_are_left_out) {
  const json events{{"events",
                     {{{"level", "info"}, {"text", "a"}, {"time", 0}},
                      {{"level", "warning"}, {"text", "b"}, {"time", 0}},
                      {{"level", "error"}, {"text", "c"}, {"time", 0}}}}};
  BOOST_TEST(!has(events_view(events, "warning", {}), "  a\n"));
  BOOST_TEST(has(events_view(events, "warning", {}), "warning  b\n"));
  BOOST_TEST(has(events_view(events, "error", {}), "error    c\n"));
}

BOOST_AUTO_TEST_CASE(top_fits_every_window) {
  auto overview = sample_overview();
  for (auto i = 0; i < 40; ++i)
    overview["completed"].push_back(overview["completed"][0]);
  for (const std::size_t columns : {1, 2, 20, 40, 80, 200})
    for (const std::size_t lines : {1, 2, 5, 12, 23, 60}) {
      const auto shown = top_lines(overview, sample_graph(), lines, {columns});
      BOOST_TEST(shown.size() <= lines);
      if (columns >= 40)
        for (const auto& line : shown)
          BOOST_TEST(columns_of(line) <= columns, line);
    }
  BOOST_TEST(top_lines(overview, sample_graph(), 23, {80}).size() == 23);
}

BOOST_AUTO_TEST_CASE(top_shows_the_busiest_operators_first) {
  const auto lines = top_lines(sample_overview(), sample_graph(), 23, {80});
  const auto title = std::ranges::find_if(lines, [](const auto& x) { return x.starts_with("BUSIEST"); });
  BOOST_TEST_REQUIRE((lines.end() - title) > 2);
  BOOST_TEST(title[1].starts_with("reduce_by_key#2 "), title[1]);
}

BOOST_AUTO_TEST_CASE(no_view_lets_control_characters_through) {
  const auto overview = hostile(sample_overview());
  const auto graph = hostile(sample_graph());
  const auto nodes = hostile(json::array({{{"name", "driver"}}}));
  const auto config = hostile({{"options", {{{"name", "--a"}, {"value", "b"}, {"help", "c"}}}}, {"arguments", {"d"}}});
  const auto batch = hostile({{"inputs", {{{"name", "a"}, {"description", "b\nc"}}}},
                              {"outputs", {{{"name", "a"}, {"failure", "b"}, {"status", "failed"}}}},
                              {"accumulators", {{{"name", "a"}, {"value", "b"}}}}});
  const look as;
  for (const auto& text : {status_view(overview, as), reason_view(overview["reason"], as), graph_view(graph, as),
                           operators_view(graph, as), operator_view(graph["operators"][2], as),
                           batches_view(overview, 9, as), batch_view(batch, as), nodes_view(nodes, as),
                           config_view(config, as), joined(top_lines(overview, graph, 30, {80})),
                           events_view(hostile({{"events", {{{"level", "error"}, {"text", "a"}}}}}), "info", as)}) {
    BOOST_TEST(!has(text, "\x1b"), text);
    BOOST_TEST(!has(text, "\x07"), text);
    BOOST_TEST(!has(text, "\u202e"), text);
  }
}

BOOST_AUTO_TEST_CASE(answers_without_fields_are_shown_without_them) {
  for (const auto& x : {json::object(), json::array(), json::parse(R"({"operators": [1, null], "inputs": "x"})")}) {
    BOOST_TEST(!status_view(x, {}).empty());
    BOOST_TEST(!is_well(x));
    static_cast<void>(graph_view(x, {}));
    static_cast<void>(operators_view(x, {}));
    static_cast<void>(top_lines(x, x, 24, {80}));
    static_cast<void>(nodes_view(x, {}));
    static_cast<void>(config_view(x, {}));
  }
}

BOOST_AUTO_TEST_SUITE_END()
