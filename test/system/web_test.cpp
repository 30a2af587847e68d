// SPDX-License-Identifier: BSD-3-Clause
//
// The page of real programs: its address, its answers, and what it says of programs that something holds up.
#include "../support/process.hpp"
#include "programs.hpp"
#include "watched_program.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "../support/temporary_directory.hpp"

using namespace sluice::test;
using namespace std::chrono_literals;
using nlohmann::json;

BOOST_AUTO_TEST_SUITE(web_suite)

BOOST_AUTO_TEST_CASE(the_address_is_the_first_line_on_standard_error) {
  watched_program x{"healthy"};
  BOOST_TEST(x.real().err().find("the page of this program: http://127.0.0.1:") < x.real().err().find('\n'));
}

BOOST_AUTO_TEST_CASE(batches_and_operators_are_seen_while_they_run) {
  watched_program x{"healthy"};
  BOOST_TEST(x.wait_for("/api/v1/overview", [](const json& all) { return all["totals"]["completedBatches"] >= 3; }));
  const auto all = x.get("/api/v1/overview");
  BOOST_TEST(all["state"] == "running");
  BOOST_TEST(all["inputs"][0]["recordsPerSecond"] == 4000.0);
  BOOST_TEST(all["completed"][0]["outputsSucceeded"] == 1);
  BOOST_TEST(x.wait_for("/api/v1/graph", [](const json& graph) {
    const auto& window = graph["operators"][2];
    return window["recordsIn"] >= 2000 && window["stateKeys"] == 100 && graph["operators"][1]["busyShare"] > 0;
  }));
  BOOST_TEST(x.get("/api/v1/nodes")[0]["residentBytes"] > 1'000'000);
}

BOOST_AUTO_TEST_CASE(the_process_of_a_worker_is_shown_like_the_drivers) {
  const auto address = "127.0.0.1:" + std::to_string(free_port());
  process node{{SLUICE_PROGRAMS "/watched", "healthy", "--node", address}};
  watched_program x{"healthy", {"--nodes", address}}; // waits for it
  BOOST_TEST(x.wait_for("/api/v1/nodes", [&](const json& nodes) {
    return nodes.size() == 2 && nodes[0]["name"] == address && nodes[0]["residentBytes"].is_number()
           && nodes[0]["cpuShare"].is_number();
  }));
  const auto worker = x.get("/api/v1/nodes")[0];
  BOOST_TEST(worker["residentBytes"] > 1'000'000);
  BOOST_TEST(worker["cpuShare"] < 64.0);
  BOOST_TEST(worker["threads"] >= 1);
  BOOST_TEST(worker["partitions"] >= 1);
  BOOST_TEST(worker["uptimeMs"] > 0);
}

BOOST_AUTO_TEST_CASE(a_program_is_stopped_over_its_page) {
  watched_program x{"healthy"};
  BOOST_TEST(x.wait_for("/api/v1/overview", [](const json& all) { return all["totals"]["completedBatches"] >= 1; }));
  const auto refused = x.request(
      "POST /api/v1/stop HTTP/1.1\r\nContent-Type: application/json\r\nOrigin: http://evil.example\r\n", "{}");
  BOOST_TEST(refused.status == 403);
  BOOST_TEST(x.request("POST /api/v1/stop HTTP/1.1\r\nContent-Type: application/json\r\n", "{}").status == 202);
  BOOST_TEST((x.real().wait(20s) == exit_status{0, 0}));
}

BOOST_AUTO_TEST_CASE(a_token_is_asked_for_where_there_is_one) {
  const temporary_directory directory;
  const auto file = directory.path() / "token";
  std::ofstream{file} << "0123456789abcdef\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  watched_program x{"healthy", {"--ui-token-file", file.string()}};
  BOOST_TEST(x.request("GET /api/v1/overview HTTP/1.1\r\n").status == 401);
  BOOST_TEST(x.request("GET /api/v1/overview HTTP/1.1\r\nAuthorization: Bearer wrong\r\n").status == 401);
  BOOST_TEST(x.request("GET /api/v1/overview HTTP/1.1\r\nAuthorization: Bearer 0123456789abcdef\r\n").status == 200);
  BOOST_TEST(x.request("GET /healthz HTTP/1.1\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(an_address_for_everybody_needs_a_token) {
  process x{{SLUICE_PROGRAMS "/watched", "healthy", "--ui", "0.0.0.0:0"}};
  BOOST_TEST((x.wait(20s) == exit_status{2, 0}));
  BOOST_TEST(x.err().find("--ui-token-file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_page_there_is_no_line_about_it) {
  process x{{SLUICE_PROGRAMS "/watched", "healthy", "--no-ui", "--run-for", "2s"}};
  BOOST_TEST((x.wait(20s) == exit_status{0, 0}));
  BOOST_TEST(x.err().find("page") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_holds_a_program_up_is_named_with_its_place) {
  const std::vector<std::pair<std::string, std::string>> causes{{"source_slower", ""},
                                                                {"no_records", ""},
                                                                {"failing_output", "foreach_rdd#1"},
                                                                {"slow_function", "slow"},
                                                                {"skewed_key", "per key"},
                                                                {"slow_output", "foreach_rdd#1"},
                                                                {"silent_receiver", "orders"},
                                                                {"silent_input", "orders"},
                                                                {"dead_letters", "no sevens"},
                                                                {"restarting", ""}};
  for (const auto& [cause, place] : causes) {
    BOOST_TEST_CONTEXT(cause) {
      watched_program x{cause, {"--partitions", "4"}};
      const auto is_named = [&](const json& reason) {
        return reason["cause"] == cause && (place.empty() ? reason["operator"].is_null() : reason["operator"] == place);
      };
      BOOST_TEST(x.wait_for("/api/v1/reason", is_named), x.get("/api/v1/reason").dump());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
