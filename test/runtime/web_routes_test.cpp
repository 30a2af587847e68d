// SPDX-License-Identifier: BSD-3-Clause
#include "web_fixture.hpp"

#include <algorithm>
#include <set>

using namespace sluice;
using namespace sluice::test;
using namespace std::string_literals;

namespace {

std::set<std::string> names(const json& x) {
  std::set<std::string> result;
  for (const auto& [name, value] : x.items())
    result.insert(name);
  return result;
}

const std::string streaming = "/api/v1/applications/count-1/streaming/";

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(std::set<std::string>)

BOOST_AUTO_TEST_SUITE(web_routes_suite)

BOOST_AUTO_TEST_CASE(the_overview_shows_the_batches_newest_first) {
  fixture x;
  const auto all = x.read("/api/v1/overview");
  BOOST_TEST(all["program"] == "count");
  BOOST_TEST(all["state"] == "running");
  BOOST_TEST(all["totals"]["completedBatches"] == 2);
  BOOST_TEST(all["totals"]["receivedRecords"] == 45);
  BOOST_TEST(all["totals"]["processedRecords"] == 30);
  BOOST_TEST(all["totals"]["failedOutputs"] == 1);
  BOOST_TEST(all["active"].size() == 1U);
  BOOST_TEST(all["active"][0]["status"] == "processing");
  BOOST_TEST(all["completed"][0]["id"] == 1'000'001'000);
  BOOST_TEST(all["completed"][0]["outputsFailed"] == 1);
  BOOST_TEST(all["completed"][0]["firstFailure"] == "no space");
  BOOST_TEST(all["completed"][1]["schedulingDelayMs"] == 2.0);
  BOOST_TEST(all["completed"][1]["processingTimeMs"] == 18.0);
  BOOST_TEST(all["completed"][1]["totalDelayMs"] == 20.0);
  BOOST_TEST(all["inputs"][0]["isReceiver"] == true);
  BOOST_TEST(all["inputs"][0]["state"] == "active");
  BOOST_TEST(all["rates"].size() == 2U);
  BOOST_TEST(json::parse(x.get("/api/v1/overview", {{"batches", "1"}}).body)["completed"].size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_batch_is_shown_with_its_inputs_outputs_and_sums) {
  fixture x;
  const auto batch = x.read("/api/v1/batches/1000001000");
  BOOST_TEST(batch["inputs"][0]["description"] == "a socket");
  BOOST_TEST(batch["outputs"][0]["status"] == "succeeded");
  BOOST_TEST(batch["outputs"][1]["status"] == "failed");
  BOOST_TEST(batch["outputs"][1]["failure"] == "no space");
  BOOST_TEST(batch["accumulators"][0]["value"] == 12);
}

BOOST_AUTO_TEST_CASE(the_graph_has_the_stages_and_what_each_operator_does) {
  fixture x;
  stage_report report;
  report.stage = stage_id{0};
  report.partition = partition_id{1};
  report.span_ns = 1'000'000'000;
  report.operators = {{node_index{2}, false, 100, 500'000'000, 0, 0}};
  x.monitor->active(report);
  const auto graph = x.read("/api/v1/graph");
  BOOST_TEST(graph["stages"].size() == 2U);
  BOOST_TEST(graph["operators"].size() == 6U);
  BOOST_TEST(graph["operators"][2]["busyShare"] == 0.5);
  BOOST_TEST(graph["operators"][2]["recordsInPerSecond"] == 100.0);
  BOOST_TEST(graph["edges"][0]["from"] == 0);
  const auto one = x.read("/api/v1/operators/2");
  BOOST_TEST(one["partitions"].size() == 2U);
  BOOST_TEST(one["partitions"][1]["recordsIn"] == 100);
  BOOST_TEST(one["history"].size() == 1U);
}

BOOST_AUTO_TEST_CASE(all_fields_of_spark_are_there_under_its_paths) {
  fixture x;
  BOOST_TEST(x.read("/api/v1/applications")[0]["id"] == "count-1");
  BOOST_TEST(names(x.read(streaming + "statistics"))
             == (std::set{"startTime"s, "batchDuration"s, "numReceivers"s, "numActiveReceivers"s,
                          "numInactiveReceivers"s, "numTotalCompletedBatches"s, "numRetainedCompletedBatches"s,
                          "numActiveBatches"s, "numProcessedRecords"s, "numReceivedRecords"s, "avgInputRate"s,
                          "avgSchedulingDelay"s, "avgProcessingTime"s, "avgTotalDelay"s}));
  BOOST_TEST(names(x.read(streaming + "receivers/0"))
             == (std::set{"streamId"s, "streamName"s, "isActive"s, "executorId"s, "executorHost"s, "lastErrorTime"s,
                          "lastErrorMessage"s, "lastError"s, "avgEventRate"s, "eventRates"s}));
  BOOST_TEST(names(x.read(streaming + "batches/1000001000"))
             == (std::set{"batchId"s, "batchTime"s, "status"s, "batchDuration"s, "inputSize"s, "schedulingDelay"s,
                          "processingTime"s, "totalDelay"s, "numActiveOutputOps"s, "numCompletedOutputOps"s,
                          "numFailedOutputOps"s, "numTotalOutputOps"s, "firstFailureReason"s}));
  BOOST_TEST(names(x.read(streaming + "batches/1000001000/operations/1"))
             == (std::set{"outputOpId"s, "name"s, "description"s, "startTime"s, "endTime"s, "duration"s,
                          "failureReason"s, "jobIds"s}));
}

BOOST_AUTO_TEST_CASE(the_values_of_spark_s_fields_are_those_of_the_run) {
  fixture x;
  const auto sums = x.read(streaming + "statistics");
  BOOST_TEST(sums["numReceivers"] == 1); // the queue is none
  BOOST_TEST(sums["avgProcessingTime"] == 18);
  BOOST_TEST(sums["avgInputRate"] == 15.0);
  BOOST_TEST(sums["startTime"] == "1970-01-12T13:46:40.000GMT");
  BOOST_TEST(x.read(streaming + "receivers")[0]["eventRates"][0] == (json::array({1'000'000'000, 10.0})));
  BOOST_TEST(x.read(streaming + "batches").size() == 3U);
  BOOST_TEST(x.read(streaming + "batches")[0]["status"] == "PROCESSING");
  const auto completed = x.get(streaming + "batches", {{"status", "COMPLETED"}});
  BOOST_TEST(json::parse(completed.body).size() == 2U);
  BOOST_TEST(x.read(streaming + "batches/1000001000/operations").size() == 2U);
  const auto gauges = x.read("/api/v1/metrics")["gauges"];
  BOOST_TEST(gauges.size() == 18U);
  BOOST_TEST(gauges["count-1.StreamingMetrics.streaming.lastCompletedBatch_processingDelay"]["value"] == 18);
  BOOST_TEST(gauges["count-1.StreamingMetrics.streaming.lastReceivedBatch_records"]["value"] == 15);
}

BOOST_AUTO_TEST_CASE(gauges_of_batches_that_have_not_been_are_minus_one) {
  fixture x;
  auto program = std::make_shared<composition>();
  run_monitor empty{program, x.clock};
  detail::web_routes routes{{"count", "count-1"}, std::make_shared<run_monitor>(program, x.clock), {}, {}, {}};
  http_request request;
  request.path = "/api/v1/metrics";
  const auto gauges = json::parse(routes.answer(request).body)["gauges"];
  BOOST_TEST(gauges["count-1.StreamingMetrics.streaming.lastCompletedBatch_totalDelay"]["value"] == -1);
  BOOST_TEST(gauges["count-1.StreamingMetrics.streaming.lastReceivedBatch_records"]["value"] == -1);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_404_and_what_makes_no_sense_400) {
  fixture x;
  for (const auto* path :
       {"/nothing", "/api/v1/nothing", "/api/v1/batches/7", "/api/v1/batches/x", "/api/v1/batches/-1",
        "/api/v1/operators/99", "/api/v1/operators/99999999999999999999", "/api/v1/applications/other",
        "/api/v1/applications/other/streaming/statistics", "/api/v1/applicationsx", "/../../etc/passwd"}) {
    BOOST_TEST_CONTEXT(path)
    BOOST_TEST(x.get(path).status == 404);
  }
  for (const auto* rest : {"receivers/1", "receivers/9", "batches/7", "batches/1000001000/operations/2",
                           "batches/1000001000/nothing", "nothing", "statistics/more"}) {
    BOOST_TEST_CONTEXT(rest)
    BOOST_TEST(x.get(streaming + rest).status == 404);
  }
  BOOST_TEST(x.get("/api/v1/overview", {{"batches", "many"}}).status == 400);
  BOOST_TEST(x.get("/api/v1/overview", {{"batches", "99999999"}}).status == 400);
  BOOST_TEST(x.get("/api/v1/events", {{"after", "-1"}}).status == 400);
  BOOST_TEST(x.post("/api/v1/overview", "").status == 405);
}

BOOST_AUTO_TEST_CASE(a_program_is_stopped_gracefully_unless_asked_otherwise) {
  for (const auto& [body, graceful] :
       {std::pair{"", true}, {R"({"graceful": true})", true}, {R"({"graceful": false})", false}}) {
    fixture x;
    BOOST_TEST(x.post("/api/v1/stop", body).status == 202);
    BOOST_TEST((x.stopped == graceful));
  }
  for (const auto* body : {"{", "[]", R"({"graceful": 1})"}) {
    fixture x;
    BOOST_TEST(x.post("/api/v1/stop", body).status == 400);
    BOOST_TEST(!x.stopped.has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_savepoint_is_written_behind_the_answer_and_its_end_is_an_event) {
  for (const auto& [directory, told] : {std::pair{"/good", "The savepoint /good is written, of batch 7 ms."},
                                        {"/bad", "The savepoint /bad could not be written: it exists already"}}) {
    fixture x;
    BOOST_TEST(x.post("/api/v1/savepoint", json{{"directory", directory}}.dump()).status == 202);
    x.routes.reset(); // waits for it
    BOOST_TEST(x.monitor->events_after(0).back().text == told);
  }
  fixture x;
  for (const auto* body : {"", "{}", R"({"directory": "relative"})", R"({"directory": 7})"})
    BOOST_TEST(x.post("/api/v1/savepoint", body).status == 400);
}

BOOST_AUTO_TEST_CASE(probes_follow_the_state_of_the_program) {
  fixture x;
  BOOST_TEST(x.get("/healthz").status == 200);
  BOOST_TEST(x.get("/readyz").status == 200);
  x.monitor->on_epoch_ended({1, "a function threw", {}, 4});
  BOOST_TEST(x.get("/healthz").status == 200);
  BOOST_TEST(x.get("/readyz").status == 503);
  x.monitor->stopped(make_error(ec::user_code_failed, "no"));
  BOOST_TEST(x.get("/healthz").status == 503);
  BOOST_TEST(x.read("/api/v1/overview")["state"] == "failed");
}

BOOST_AUTO_TEST_CASE(events_are_told_once) {
  fixture x;
  const auto all = x.read("/api/v1/events");
  BOOST_TEST(all["events"].size() == 3U); // started, the receiver, the failed output
  const auto last = all["last"].get<int>();
  BOOST_TEST(json::parse(x.get("/api/v1/events", {{"after", std::to_string(last)}}).body)["events"].empty());
  x.monitor->on_receiver_error({stream_id{0}, "lines", true, "driver", "refused", x.clock->at});
  const auto more = json::parse(x.get("/api/v1/events", {{"after", std::to_string(last)}}).body)["events"];
  BOOST_TEST(more.size() == 1U);
  BOOST_TEST(more[0]["text"] == "lines: refused");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_do_no_harm) {
  fixture x;
  x.run(batch_time{1'000'003'000}, "\xff\xfe <script>");
  BOOST_TEST(x.read("/api/v1/batches/1000003000")["firstFailure"].get<std::string>().ends_with("<script>"));
}

BOOST_AUTO_TEST_CASE(metrics_have_their_names_and_values) {
  fixture x;
  const auto text = x.get("/metrics").body;
  for (const auto* line :
       {"sluice_batches_completed_total 2", "sluice_records_processed_total 30", "sluice_output_failures_total 1",
        R"(sluice_input_records_total{input="lines"} 30)", R"(sluice_batch_total_delay_seconds_bucket{le="0.02"} 2)",
        R"(sluice_program_info{program="count",version="1.2.3"} 1)"}) {
    BOOST_TEST_CONTEXT(line)
    BOOST_TEST(text.find('\n' + ""s + line + '\n') != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_page_is_there) {
  fixture x;
  const auto page = x.get("/");
  BOOST_TEST(page.content_type == "text/html; charset=utf-8");
  BOOST_TEST(page.body.find("<!doctype html>") != std::string::npos);
  BOOST_TEST(x.get("/app.js").status == 200);
}

/// The fields that a schema of the OpenAPI file lists must be those that are served, at every depth.
void check_fields(const json& api, json schema, const json& value, const std::string& where) {
  if (schema.contains("$ref"))
    schema = api.at(json::json_pointer{schema["$ref"].get<std::string>().substr(1)});
  if (value.is_array() && schema.contains("items")) {
    for (const auto& item : value)
      check_fields(api, schema["items"], item, where + "[]");
  } else if (value.is_object() && schema.contains("properties")) {
    BOOST_TEST_CONTEXT(where) { BOOST_TEST(names(value) == names(schema["properties"])); }
    for (const auto& [name, property] : schema["properties"].items())
      if (value.contains(name))
        check_fields(api, property, value[name], where + '.' + name);
  }
}

BOOST_AUTO_TEST_CASE(openapi_agrees_with_what_is_served) {
  fixture x;
  const auto api = x.read("/api/v1/openapi.json");
  std::size_t checked = 0;
  for (const auto& [path, methods] : api.at("paths").items()) {
    if (!methods.contains("get"))
      continue;
    auto real = path;
    for (const auto& [name, value] : {std::pair{"{app}", "count-1"},
                                      {"{batch}", "1000001000"},
                                      {"{receiver}", "0"},
                                      {"{output}", "1"},
                                      {"{stateOperator}", "counts"},
                                      {"{tailOperator}", "lines"},
                                      {"{operator}", "2"}})
      if (const auto at = real.find(name); at != std::string::npos)
        real.replace(at, std::string_view{name}.size(), value);
    const auto answer = x.get(real);
    BOOST_TEST_CONTEXT(real) {
      BOOST_TEST(answer.status == 200);
      const auto& content = methods["get"]["responses"]["200"]["content"];
      BOOST_REQUIRE(content.contains(answer.content_type.substr(0, answer.content_type.find(';'))));
      if (answer.content_type == "application/json" && content["application/json"].contains("schema"))
        check_fields(api, content["application/json"]["schema"], json::parse(answer.body), real);
    }
    ++checked;
  }
  BOOST_TEST(checked >= 20U);
}

BOOST_AUTO_TEST_SUITE_END()
