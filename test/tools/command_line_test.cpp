// SPDX-License-Identifier: BSD-3-Clause
#include "answering_server.hpp"
#include "samples.hpp"
#include "tool_run.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>

using namespace sluice::test;
using nlohmann::json;

namespace {

/// The path of a request.
std::string path_of(const std::string& request) {
  const auto begin = request.find(' ') + 1;
  return request.substr(begin, request.find(' ', begin) - begin);
}

/// A program that answers with the samples.
std::string answer_of_program(const std::string& request) {
  const auto path = path_of(request);
  if (path.starts_with("/api/v1/overview"))
    return http_reply_text(200, sample_overview().dump());
  if (path == "/api/v1/graph")
    return http_reply_text(200, sample_graph().dump());
  if (path == "/api/v1/operators/2")
    return http_reply_text(200, sample_graph()["operators"][2].dump());
  if (path == "/api/v1/stop")
    return http_reply_text(202, R"({"state": "stopping"})");
  if (path == "/api/v1/savepoint")
    return http_reply_text(202, R"({"state": "writing"})");
  if (path == "/api/v1/events?after=1")
    return http_reply_text(200, R"({"events": [{"seq": 2, "time": 0, "kind": "savepoint", "level": "error",
                                    "text": "The savepoint could not be written: no space"}], "last": 2})");
  if (path == "/api/v1/log-level")
    return http_reply_text(200, request.substr(request.find("\r\n\r\n") + 4));
  if (path.starts_with("/api/v1/events"))
    return http_reply_text(200, R"({"events": [{"seq": 1, "time": 0, "kind": "started", "level": "info",
                                    "text": "It has started."}], "last": 1})");
  return http_reply_text(404, R"({"error": "there is nothing at this path"})");
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(a_wrong_command_line_exits_with_2_and_says_what_to_do) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
      {{}, "sluice: give a command; sluice --help lists them\n"},
      {{"statsu"}, "sluice: there is no command or option 'statsu'; sluice --help lists them\n"},
      {{"\x1b[2J"}, "sluice: there is no command or option '�[2J'; sluice --help lists them\n"},
      {{"status", "--loud"}, "sluice: The following argument was not expected: --loud; see sluice status --help\n"},
      {{"status", "--at", "host:port"},
       "sluice: the address 'host:port' has no proper port; give HOST:PORT, as in --at "
       "127.0.0.1:4040\n"},
      {{"batches", "x"}, "sluice: ID: a batch is named by its number, not 'x'; see sluice batches --help\n"},
      {{"stop", "--wait", "soon"},
       "sluice: --wait: 'soon' is no time: give 500ms, 1s, 2m or 1h; see sluice stop --help\n"},
      {{"top", "--every", "1"}, "sluice: --every: '1' is no time: give 500ms, 1s, 2m or 1h; see sluice top --help\n"},
      {{"new"}, "sluice: NAME is required; see sluice new --help\n"},
      {{"help", "nothing"}, "sluice: there is no command 'nothing'; sluice --help lists them\n"}};
  for (const auto& [arguments, sentence] : wrong) {
    const tool_run run{arguments};
    BOOST_TEST(run.code() == 2);
    BOOST_TEST(run.out() == "");
    BOOST_TEST(run.err() == sentence);
  }
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"graph", "--format", "svg"},
                                                                     {"log-level"},
                                                                     {"log-level", "loud"},
                                                                     {"completion", "csh"},
                                                                     {"batches", "--limit", "0"},
                                                                     {"status", "more"},
                                                                     {"events", "--level", "debug"}})
    BOOST_TEST(tool_run{arguments}.code() == 2);
}

BOOST_AUTO_TEST_CASE(every_command_explains_itself_with_an_example) {
  for (const auto* const command :
       {"status", "top", "graph", "operators", "batches", "nodes", "events", "config", "reason", "stop", "savepoint",
        "log-level", "new", "doctor", "completion", "help"}) {
    const tool_run run{{command, "--help"}};
    BOOST_TEST(run.code() == 0);
    BOOST_TEST(run.out().find("Example:\n  sluice ") + run.out().find("Example:\n  source <(sluice ")
                   != 2 * std::string::npos,
               run.out());
    BOOST_TEST(run.out().ends_with("\n"));
    BOOST_TEST(tool_run({"help", command}).out() == run.out());
  }
  BOOST_TEST(tool_run({"--version"}).out().starts_with("sluice "));
}

BOOST_AUTO_TEST_CASE(nobody_there_exits_with_3) {
  answering_server server{""};
  server.close();
  for (const auto* const command :
       {"status", "top", "graph", "operators", "batches", "nodes", "events", "config", "reason", "stop"}) {
    const tool_run run{{command}, server.address()};
    BOOST_TEST(run.code() == 3);
    BOOST_TEST(run.err().starts_with("sluice: nobody listens at "), run.err());
  }
}

BOOST_AUTO_TEST_CASE(the_status_is_an_exit_code_too) {
  std::atomic<bool> is_well = true;
  answering_server server{[&is_well](const std::string&) {
    auto overview = sample_overview();
    overview["reason"]["level"] = is_well ? "ok" : "warning";
    return http_reply_text(200, overview.dump());
  }};
  BOOST_TEST(tool_run({"status"}, server.address()).code() == 0);
  is_well = false;
  BOOST_TEST(tool_run({"status"}, server.address()).code() == 1);
  BOOST_TEST(tool_run({"status", "--json"}, server.address()).code() == 1);
}

BOOST_AUTO_TEST_CASE(json_is_what_the_program_said) {
  answering_server server{answer_of_program};
  BOOST_TEST(json::parse(tool_run({"status", "--json"}, server.address()).out()) == sample_overview());
  BOOST_TEST(json::parse(tool_run({"graph", "--json"}, server.address()).out()) == sample_graph());
  BOOST_TEST(json::parse(tool_run({"top", "--json"}, server.address()).out())["graph"] == sample_graph());
}

BOOST_AUTO_TEST_CASE(the_address_may_stand_on_both_sides_of_the_command) {
  answering_server server{answer_of_program};
  BOOST_TEST(tool_run({"--at", server.address(), "status"}).code() == 0);
  BOOST_TEST(tool_run({"status", "--at", "http://" + server.address() + '/'}).code() == 0);
}

BOOST_AUTO_TEST_CASE(an_operator_is_asked_for_by_its_number) {
  answering_server server{answer_of_program};
  const tool_run run{{"operators", "reduce_by_key"}, server.address()};
  BOOST_TEST(run.code() == 0);
  BOOST_TEST(path_of(server.last()) == "/api/v1/operators/2");
  BOOST_TEST(run.out().starts_with("reduce_by_key#2  stage 1, takes 50/s, busy 95 %\n"), run.out());
}

BOOST_AUTO_TEST_CASE(stop_asks_for_a_graceful_stop_unless_it_is_told_not_to) {
  answering_server server{answer_of_program};
  BOOST_TEST(tool_run({"stop"}, server.address()).out() == "stopping\n");
  BOOST_TEST(server.last().ends_with("{\"graceful\":true}"));
  BOOST_TEST(tool_run({"stop", "--now"}, server.address()).code() == 0);
  BOOST_TEST(server.last().ends_with("{\"graceful\":false}"));
}

BOOST_AUTO_TEST_CASE(stop_waits_until_nobody_listens_any_more) {
  answering_server server{[](const std::string& request) {
    auto overview = sample_overview();
    overview["state"] = "stopping";
    return path_of(request).starts_with("/api/v1/overview") ? http_reply_text(200, overview.dump())
                                                            : answer_of_program(request);
  }};
  auto pauses = 0;
  const tool_run run{{"stop", "--wait"}, server.address(), [&] {
                       if (++pauses == 3)
                         server.close();
                     }};
  BOOST_TEST(run.code() == 0);
  BOOST_TEST(run.out() == "stopping: 1 batch is left\nthe program has ended\n");
}

BOOST_AUTO_TEST_CASE(stop_does_not_wait_longer_than_it_may) {
  answering_server server{answer_of_program};
  auto pauses = 0;
  const tool_run run{{"stop", "--wait", "1s"}, server.address(), [&pauses] { ++pauses; }};
  BOOST_TEST(run.code() == 1);
  BOOST_TEST(pauses == 5);
  BOOST_TEST(run.err().starts_with("sluice: the program has not ended within 1 s;"), run.err());
}

BOOST_AUTO_TEST_CASE(events_are_followed_until_the_program_ends) {
  answering_server server{[](const std::string& request) {
    return path_of(request) == "/api/v1/events?after=1" ? http_reply_text(200, R"({"events": [], "last": 1})")
                                                        : answer_of_program(request);
  }};
  auto pauses = 0;
  const tool_run run{{"events", "--follow"}, server.address(), [&] {
                       if (++pauses == 2)
                         server.close();
                     }};
  BOOST_TEST(run.code() == 0);
  BOOST_TEST(run.out().ends_with("  info     It has started.\n"), run.out());
  BOOST_TEST(std::ranges::count(run.out(), '\n') == 1);
}

BOOST_AUTO_TEST_CASE(a_savepoint_is_waited_for_and_its_failure_told) {
  answering_server server{answer_of_program};
  const tool_run run{{"savepoint", "/backup"}, server.address()};
  BOOST_TEST(run.out() == "The savepoint could not be written: no space\n");
  BOOST_TEST(run.code() == 1);
}

BOOST_AUTO_TEST_CASE(the_log_level_is_told) {
  answering_server server{answer_of_program};
  const tool_run run{{"log-level", "debug"}, server.address()};
  BOOST_TEST(run.out() == "the log of the program now shows: debug\n");
  BOOST_TEST(server.last().ends_with("{\"level\":\"debug\"}"));
}

BOOST_AUTO_TEST_CASE(what_the_program_does_not_have_exits_with_1) {
  answering_server server{answer_of_program};
  const tool_run run{{"batches", "12"}, server.address()};
  BOOST_TEST(run.code() == 1);
  BOOST_TEST(run.err() == "sluice: there is nothing at this path\n");
}

BOOST_AUTO_TEST_SUITE_END()
