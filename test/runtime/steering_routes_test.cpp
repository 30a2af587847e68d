// SPDX-License-Identifier: BSD-3-Clause
//
// What a program is asked of its state and its records, and what its inputs are told.
#include "web_fixture.hpp"

#include <set>

using namespace sluice;
using namespace sluice::test;

BOOST_AUTO_TEST_SUITE(steering_routes_suite)

BOOST_AUTO_TEST_CASE(states_are_listed_looked_up_and_paged_through) {
  fixture x;
  const auto states = x.read("/api/v1/state");
  BOOST_TEST(states["batch"] == 1000);
  BOOST_TEST(states["operators"][0]["name"] == "counts");
  BOOST_TEST(states["operators"][0]["keys"] == 3);
  const auto found = json::parse(x.get("/api/v1/state/counts", {{"key", "b"}}).body);
  BOOST_TEST(found["value"] == 2);
  BOOST_TEST(found["found"] == true);
  BOOST_TEST(json::parse(x.get("/api/v1/state/counts", {{"key", "z"}}).body)["found"] == false);
  const auto pair = json::parse(x.get("/api/v1/state/places", {{"key", R"(["x",-1])"}}).body);
  BOOST_TEST(pair["value"] == 0.5);
  const auto empty = json::parse(x.get("/api/v1/state/places", {{"key", R"(["y,z",2])"}}).body);
  BOOST_TEST(empty["found"] == true);
  BOOST_TEST(empty["value"].is_null());
  std::set<std::string> keys;
  std::string next;
  for (bool first = true; first || !next.empty(); first = false) {
    const auto page = json::parse(x.get("/api/v1/state/counts", {{"limit", "1"}, {"from", next}}).body);
    for (const auto& row : page["rows"])
      BOOST_TEST(keys.insert(row["key"]).second);
    next = page["next"].is_null() ? "" : page["next"].get<std::string>();
  }
  BOOST_TEST(keys == (std::set<std::string>{"a", "b", "c"}));
}

BOOST_AUTO_TEST_CASE(many_keys_are_looked_up_as_of_one_batch) {
  fixture x;
  const auto ask = [&x](const json& body) { return x.post("/api/v1/state/lookup", body.dump()); };
  const auto keys = json::parse(R"({"counts":["a","c","z"],"places":[["x",-1]]})");
  const auto before = json::parse(ask({{"keys", keys}}).body);
  BOOST_TEST(before["batch"] == 1000);
  BOOST_TEST(before["values"]["counts"].dump() == R"([{"value":1},{"value":3},null])");
  BOOST_TEST(before["values"]["places"].dump() == R"([{"value":0.5}])");
  x.counts.commit(2000, {kept_counts::counts(0, {{"a", 7}, {"z", 9}})});
  while (x.read("/api/v1/state")["batch"] != 2000)
    std::this_thread::sleep_for(1ms);
  BOOST_TEST(json::parse(ask({{"keys", keys}}).body)["values"]["counts"].dump()
             == R"([{"value":7},{"value":3},{"value":9}])");
  BOOST_TEST(json::parse(ask({{"keys", keys}, {"batch", 1000}}).body) == before);
  BOOST_TEST(ask({{"keys", keys}, {"batch", 1500}}).status == 410);
  BOOST_TEST(ask({{"keys", keys}, {"batch", 3000}}).status == 404);
}

BOOST_AUTO_TEST_CASE(what_is_asked_wrongly_of_a_state_is_said) {
  fixture x;
  BOOST_TEST(x.get("/api/v1/state/unknown").status == 404);
  BOOST_TEST(x.get("/api/v1/state/places", {{"key", "x"}}).status == 400);
  BOOST_TEST(x.get("/api/v1/state/places", {{"key", R"(["x",3000000000])"}}).status == 400);
  BOOST_TEST(x.get("/api/v1/state/counts", {{"limit", "0"}}).status == 400);
  BOOST_TEST(x.get("/api/v1/state/counts", {{"limit", "many"}}).status == 400);
  BOOST_TEST(x.get("/api/v1/state/counts", {{"from", "nowhere"}}).status == 400);
  BOOST_TEST(x.get("/api/v1/state/counts", {{"batch", "5"}}).status == 410);
  for (const auto* const body : {"", "[]", "{}", R"({"keys":[]})", R"({"keys":{"counts":"a"}})",
                                 R"({"keys":{"counts":[]},"batch":"x"})", R"({"keys":{"counts":[[1,2]]}})"})
    BOOST_TEST_CONTEXT(body) { BOOST_TEST(x.post("/api/v1/state/lookup", body).status == 400); }
  const std::string deep(30'000, '[');
  BOOST_TEST(x.post("/api/v1/state/lookup", R"({"keys":{"counts":[)" + deep + std::string(30'000, ']') + "]}}").status
             == 400);
  BOOST_TEST(x.get("/api/v1/state/places", {{"key", deep + std::string(30'000, ']')}}).status == 400);
  x.states->close();
  BOOST_TEST(x.get("/api/v1/state/counts").status == 409);
  BOOST_TEST(x.read("/api/v1/state")["status"] == "none");
  BOOST_TEST(!x.read("/api/v1/state")["why"].is_null());
}

BOOST_AUTO_TEST_CASE(inputs_are_paused_resumed_and_limited) {
  fixture x;
  const auto input = [&x] { return x.read("/api/v1/overview")["inputs"][0]; };
  BOOST_TEST(x.post("/api/v1/inputs/lines/max-rate", R"({"recordsPerSecond":1500})").status == 200);
  BOOST_TEST(input()["maxRate"] == 1500);
  BOOST_TEST(x.post("/api/v1/inputs/lines/pause", "").status == 200);
  BOOST_TEST(input()["state"] == "paused");
  BOOST_TEST(input()["maxRate"] == 1500);
  BOOST_TEST(x.post("/api/v1/inputs/lines/resume", "{}").status == 200);
  BOOST_TEST(input()["state"] == "active");
  BOOST_TEST(x.post("/api/v1/inputs/lines/max-rate", R"({"recordsPerSecond":null})").status == 200);
  BOOST_TEST(input()["maxRate"].is_null());
  BOOST_TEST(x.post("/api/v1/inputs/lines/max-rate", R"({"recordsPerSecond":-1})").status == 400);
  BOOST_TEST(x.post("/api/v1/inputs/lines/max-rate", "1000").status == 400);
  BOOST_TEST(x.post("/api/v1/inputs/lines/stop", "").status == 404);
  BOOST_TEST(x.post("/api/v1/inputs/nothing/pause", "").status == 404);
  BOOST_TEST(x.post("/api/v1/inputs/", "").status == 404);
}

BOOST_AUTO_TEST_CASE(a_restart_names_its_operator_and_may_be_impossible) {
  fixture x;
  BOOST_TEST(x.post("/api/v1/operators/2/restart", "").status == 202);
  BOOST_TEST(x.restarted.find("map#2") != std::string::npos);
  BOOST_TEST(x.post("/api/v1/operators/99/restart", "").status == 404);
  x.can_restart = false;
  BOOST_TEST(x.post("/api/v1/restart", "").status == 409);
}

BOOST_AUTO_TEST_CASE(a_tail_asks_for_records_and_shows_what_comes) {
  fixture x;
  std::set<record_tails::place> wanted;
  x.monitor->tails().on_change([&wanted](std::set<record_tails::place> what) { wanted = std::move(what); });
  const auto tail = [&x](const std::string& of, const std::string& after) {
    return json::parse(x.get("/api/v1/tail/" + of, {{"after", after}}).body);
  };
  BOOST_TEST(tail("map#2", "0")["records"].empty());
  const record_tails::place place{node_index{2}, node_index{3}};
  BOOST_CHECK((wanted == std::set{place}));
  stage_report report;
  report.stage = stage_id{0};
  report.tails = {{place.first, place.second, false, {"(a,1)", "(b,1)"}}, {place.first, place.second, true, {"(a,2)"}}};
  x.monitor->active(report);
  BOOST_TEST(tail("map#2", "0")["records"].size() == 2U); // what comes over the edge is what was shown before it
  const auto next = tail("map#2", "1");
  BOOST_TEST(next["records"][0]["text"] == "(b,1)");
  BOOST_TEST(next["last"] == 2);
  x.clock->at += 10s;
  BOOST_TEST(tail("lines", "0")["records"].empty());
  BOOST_CHECK(
      (wanted == std::set{record_tails::place{node_index{0}, node_index{0}}})); // nobody asked for the other one
  BOOST_TEST(x.get("/api/v1/tail/nothing").status == 404);
  BOOST_TEST(x.get("/api/v1/tail/lines", {{"after", "x"}}).status == 400);
}

BOOST_AUTO_TEST_SUITE_END()
