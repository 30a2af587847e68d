// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/web/web_routes.hpp>

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/runtime/program/streaming_context.hpp>
#include <sluice/state/store/memory_store.hpp>

#include <algorithm>
#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using namespace std::string_literals;
using detail::http_request;
using detail::http_response;
using nlohmann::json;

namespace {

class hands : public wall_clock {
public:
  std::chrono::microseconds now() const override { return at; }
  std::chrono::microseconds at = 1'000'000s;
};

class silent : public receiver<std::string_view> {
protected:
  void on_start() override {}
  void on_stop() override {}
};

/// A checkpoint in memory, in which an operator "counts" keeps the numbers of some words, and "places" of pairs.
class kept_counts {
public:
  kept_counts() {
    if (auto err = log_->declare({"counts", 2, "(text,i64)"}))
      throw runtime_failure{describe(err)};
    if (auto err = log_->declare({"places", 1, "((text,i32),f64?)"}))
      throw runtime_failure{describe(err)};
    commit(1000, {counts(0, {{"a", 1}, {"b", 2}}), counts(1, {{"c", 3}}), places()});
  }

  std::shared_ptr<checkpoint_log> log() { return log_; }

  using count = std::pair<std::string, std::optional<std::int64_t>>;
  static state_update counts(std::uint32_t partition, const std::vector<count>& x) {
    return {{"counts", partition_id{partition}}, {}, change_kind::delta, {make_batch<count>(x)}, {}};
  }

  /// As a program does it: written, then told.
  void commit(std::int64_t t, std::vector<state_update> updates) {
    const auto guard = log_->lock();
    std::vector<state_change> changes;
    for (auto& x : updates) {
      x.time = batch_time{t};
      changes.push_back({x.id, x.time, x.kind, {x.content.front().bytes()}});
    }
    commit_record record;
    record.time = batch_time{t};
    if (auto err = log_->commit(record, changes))
      throw runtime_failure{describe(err)};
    log_->feed().tell(batch_time{t}, std::move(updates));
  }

private:
  static state_update places() {
    using place = std::pair<std::pair<std::string, std::int32_t>, std::optional<std::optional<double>>>;
    const std::vector<place> x{{{"x", -1}, std::optional<double>{0.5}}, {{"y,z", 2}, std::optional<double>{}}};
    return {{"places", partition_id{0}}, {}, change_kind::delta, {make_batch<place>(x)}, {}};
  }

  memory_store log_store_;
  memory_store snapshots_;
  std::shared_ptr<checkpoint_log> log_ =
      std::make_shared<checkpoint_log>(std::move(*checkpoint_log::open(log_store_, snapshots_)));
};

/// A program with a receiver, a queue and two outputs, of which one batch is committed, one failed in an output and
/// one runs.
struct fixture {
  std::shared_ptr<hands> clock = std::make_shared<hands>();
  std::shared_ptr<run_monitor> monitor;
  std::optional<bool> stopped; ///< whether gracefully
  std::string restarted;       ///< why
  bool can_restart = true;
  kept_counts counts;
  std::shared_ptr<detail::state_window> states = std::make_shared<detail::state_window>();
  std::optional<detail::web_routes> routes;

  fixture() {
    streaming_context ctx{1s};
    auto lines = ctx.receiver_stream<silent>().named("lines");
    auto more = ctx.queue_stream(std::make_shared<record_queue<int>>()).named("more");
    lines.map([](std::string_view x) { return std::pair{std::string{x}, 1}; }).reduce_by_key(std::plus<>{}).print();
    more.foreach_rdd([](const auto&) {});
    monitor = std::make_shared<run_monitor>(std::make_shared<const composition>(ctx.compose()), clock);
    routes.emplace(detail::program_identity{"count", "count-1", "1.2.3", 2}, monitor,
                   std::vector<detail::shown_setting>{{"--interval", "1s", true, "Batch interval"}},
                   std::vector<std::string>{"--interval", "1s"},
                   detail::web_actions{[this](bool graceful) { stopped = graceful; },
                                       [](const std::string& directory) -> batch_time {
                                         if (directory == "/bad")
                                           throw usage_error{"it exists already"};
                                         return batch_time{7};
                                       },
                                       states,
                                       [this](stream_id input, const auto& limit) {
                                         monitor->limited(input, limit.is_paused, limit.max_rate);
                                       },
                                       [this](const std::string& why) {
                                         restarted = why;
                                         return can_restart;
                                       }});
    states->open(counts.log());
    monitor->placed({{stage_id{0}, false, {node_index{0}, node_index{2}}, {"driver", "driver"}},
                     {stage_id{1}, true, {node_index{1}, node_index{3}, node_index{4}, node_index{5}}, {"driver"}}});
    monitor->on_streaming_started(clock->at);
    monitor->on_epoch_started({1, {}, {}, 5});
    monitor->on_receiver_started({stream_id{0}, "lines", true, "driver"});
    run(batch_time{1'000'000'000}, {});
    run(batch_time{1'000'001'000}, "no space");
    begin(batch_time{1'000'002'000});
  }

  void begin(batch_time t) {
    clock->at = std::chrono::milliseconds{t.ms()};
    monitor->cut(t);
    clock->at += 2ms;
    monitor->taken({{}, stream_id{0}, t, 10, 0, {}, "a socket"});
    monitor->taken({{}, stream_id{1}, t, 5, 0, {}, {}});
  }

  void run(batch_time t, const std::optional<std::string>& failure) {
    begin(t);
    for (std::uint32_t i = 0; i < 2; ++i)
      monitor->output_started(output_number{i}, t);
    clock->at += 10ms;
    monitor->output_ended(output_number{0}, t, {});
    monitor->output_ended(output_number{1}, t, failure);
    clock->at += 8ms;
    monitor->added_up(t, {{"seen", accumulated_sum::of(std::int64_t{12})}});
    monitor->committed(t);
  }

  http_response get(const std::string& path, std::vector<std::pair<std::string, std::string>> query = {}) {
    http_request x;
    x.method = "GET";
    x.path = path;
    x.query = std::move(query);
    return answer(x);
  }

  /// States are read when they are first asked for.
  http_response answer(const http_request& x) {
    for (;;) {
      auto result = routes->answer(x);
      const bool is_list = x.path == "/api/v1/state" && json::parse(result.body)["status"] == "reading";
      if (!is_list && (result.status != 503 || !x.path.starts_with("/api/v1/state")))
        return result;
      std::this_thread::sleep_for(1ms);
    }
  }

  http_response post(const std::string& path, const std::string& body) {
    http_request x;
    x.method = "POST";
    x.path = path;
    x.body = body;
    return answer(x);
  }

  json read(const std::string& path) {
    const auto answer = get(path);
    BOOST_REQUIRE_EQUAL(answer.status, 200);
    return json::parse(answer.body);
  }
};

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
