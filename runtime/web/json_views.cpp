// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/web/json_views.hpp>

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include <sluice/actors/base/memory_meter.hpp>
#include <sluice/runtime/web/json_text.hpp>

namespace sluice::detail {

namespace {

using nlohmann::json;

constexpr std::size_t shown_rates = 120;

const char* to_text(run_reason::level x) {
  switch (x) {
    case run_reason::level::ok: return "ok";
    case run_reason::level::notice: return "notice";
    case run_reason::level::warning: return "warning";
  }
  return "?";
}

const char* to_text(event_level x) {
  switch (x) {
    case event_level::info: return "info";
    case event_level::warning: return "warning";
    case event_level::error: return "error";
  }
  return "?";
}

const char* to_text(edge_kind x) {
  switch (x) {
    case edge_kind::fused: return "fused";
    case edge_kind::forward: return "forward";
    case edge_kind::hash: return "hash";
    case edge_kind::rebalance: return "rebalance";
  }
  return "?";
}

/// Outputs of a batch, by how they have ended.
struct output_counts {
  std::size_t succeeded = 0;
  std::size_t failed = 0;
  std::size_t active = 0;
  std::string first_failure;
};

output_counts count_outputs(const batch_info& x) {
  output_counts result;
  for (const auto& [id, output] : x.output_operation_infos) {
    if (output.failure_reason && result.failed++ == 0)
      result.first_failure = *output.failure_reason;
    else if (!output.failure_reason)
      ++(output.end_time ? result.succeeded : result.active);
  }
  return result;
}

json json_of_batch(const run_picture& of, const batch_info& x) {
  const auto outputs = count_outputs(x);
  return {{"id", x.time.ms()},
          {"time", batch_time_text(x.time, of.interval)},
          {"status", x.processing_end     ? "completed"
                     : x.processing_start ? "processing"
                                          : "queued"},
          {"records", x.num_records()},
          {"submittedTime", time_in_ms(x.submitted)},
          {"schedulingDelayMs", duration_in_ms(x.scheduling_delay())},
          {"processingTimeMs", duration_in_ms(x.processing_delay())},
          {"totalDelayMs", duration_in_ms(x.total_delay())},
          {"outputsTotal", of.outputs},
          {"outputsSucceeded", outputs.succeeded},
          {"outputsFailed", outputs.failed},
          {"outputsActive", outputs.active},
          {"firstFailure", text_or_null(outputs.first_failure)}};
}

json json_of_input(const input_picture& x) {
  return {{"id", x.id.value()},
          {"name", x.name},
          {"kind", x.kind},
          {"isReceiver", x.is_receiver},
          {"state", x.is_paused   ? "paused"
                    : x.is_active ? "active"
                                  : "inactive"},
          {"maxRate", x.max_rate ? json(*x.max_rate) : json(nullptr)},
          {"location", x.location},
          {"records", x.records},
          {"recordsPerSecond", x.records_per_second},
          {"lastError", text_or_null(x.last_error)},
          {"lastErrorTime", x.last_error_time ? json(time_in_ms(*x.last_error_time)) : json(nullptr)}};
}

json json_of_reason(const run_picture& of) {
  const auto& x = of.reason;
  return {{"level", to_text(x.how)},
          {"cause", x.cause},
          {"operator", x.at ? json(of.operators[x.at->value()].name) : json(nullptr)},
          {"sentence", x.sentence},
          {"since", time_in_ms(x.since)}};
}

json json_of_rates(const run_picture& of) {
  auto result = json::array();
  const auto first = of.completed.size() - std::min(of.completed.size(), shown_rates);
  for (auto i = first; i < of.completed.size(); ++i) {
    const auto& batch = *of.completed[i];
    auto records = json::array();
    for (const auto& input : of.inputs) {
      const auto found = batch.stream_id_to_input_info.find(input.id);
      records.push_back(found == batch.stream_id_to_input_info.end() ? 0 : found->second.num_records);
    }
    result.push_back({{"time", batch.time.ms()}, {"records", std::move(records)}});
  }
  return result;
}

std::uint64_t dead_letters_of(const run_picture& of) {
  std::uint64_t result = 0;
  for (const auto& x : of.operators)
    result += x.dead_letters;
  return result;
}

void add_load(json& to, const operator_load& x, bool keeps_state) {
  to["recordsIn"] = x.records;
  to["recordsInPerSecond"] = x.records_per_second;
  to["busyShare"] = x.busy_share;
  to["stateKeys"] = keeps_state ? json(x.keys) : json(nullptr);
  to["stateBytes"] = keeps_state && x.state_bytes != 0 ? json(x.state_bytes) : json(nullptr);
}

json json_of_operator(const operator_picture& x) {
  auto parents = json::array();
  for (const auto& parent : x.parents)
    parents.push_back(parent.node.value());
  json result = {{"id", x.id.value()},
                 {"name", x.name},
                 {"kind", x.kind},
                 {"stage", x.stage ? json(x.stage->value()) : json(nullptr)},
                 {"parents", std::move(parents)},
                 {"isInput", x.is_input},
                 {"isOutput", x.is_output},
                 {"keepsState", !x.state_schema.empty()},
                 {"record", x.record_schema},
                 {"stateSchema", text_or_null(x.state_schema)},
                 {"deadLetters", x.dead_letters}};
  add_load(result, x.load, !x.state_schema.empty());
  return result;
}

/// Operators with several parents share out what they take by what is known of it: nothing. So it is given once, on
/// the edge of an only parent.
json json_of_edge(const operator_picture& from, const operator_picture& to) {
  const auto is_fused = from.stage == to.stage;
  return {{"from", from.id.value()},
          {"to", to.id.value()},
          {"kind", is_fused ? "fused" : to_text(to.inbound == edge_kind::fused ? edge_kind::forward : to.inbound)},
          {"recordsPerSecond", to.parents.size() == 1 ? json(to.load.records_per_second) : json(nullptr)}};
}

} // namespace

const char* to_text(run_state x) {
  switch (x) {
    case run_state::starting: return "starting";
    case run_state::running: return "running";
    case run_state::restarting: return "restarting";
    case run_state::stopping: return "stopping";
    case run_state::stopped: return "stopped";
    case run_state::failed: return "failed";
  }
  return "?";
}

std::string batch_time_text(batch_time t, duration interval) {
  const std::time_t seconds = t.ms() / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  std::ostringstream result;
  result << std::put_time(&local, "%Y/%m/%d %H:%M:%S");
  if (interval < std::chrono::seconds{1})
    result << '.' << std::setw(3) << std::setfill('0') << t.ms() % 1000;
  return result.str();
}

std::string overview_json(const program_identity& program, const run_picture& of, std::size_t batches) {
  auto inputs = json::array();
  for (const auto& x : of.inputs)
    inputs.push_back(json_of_input(x));
  auto active = json::array();
  for (auto i = of.active.rbegin(); i != of.active.rend(); ++i)
    active.push_back(json_of_batch(of, *i));
  auto completed = json::array();
  for (auto i = of.completed.rbegin(); i != of.completed.rend() && completed.size() < batches; ++i)
    completed.push_back(json_of_batch(of, **i));
  return dump({{"program", program.name},
               {"id", program.id},
               {"version", program.version},
               {"startTime", time_in_ms(of.started)},
               {"now", time_in_ms(of.now)},
               {"batchIntervalMs", of.interval.count()},
               {"state", to_text(of.state)},
               {"failure", text_or_null(of.failure)},
               {"epoch", of.epoch},
               {"restartsLeft", of.restarts_left},
               {"reason", json_of_reason(of)},
               {"totals",
                {{"completedBatches", of.totals.batches},
                 {"activeBatches", of.active.size()},
                 {"receivedRecords", of.totals.received},
                 {"processedRecords", of.totals.processed},
                 {"failedOutputs", of.totals.failed_outputs},
                 {"deadLetters", dead_letters_of(of)},
                 {"restarts", of.restarts},
                 {"commits", of.commits.count},
                 {"commitMeanMs", static_cast<double>(of.commits.mean.count()) / 1000},
                 {"commitLongestMs", static_cast<double>(of.commits.longest.count()) / 1000}}},
               {"inputs", std::move(inputs)},
               {"rates", json_of_rates(of)},
               {"active", std::move(active)},
               {"completed", std::move(completed)}});
}

std::string reason_json(const run_picture& of) { return dump(json_of_reason(of)); }

std::string batch_json(const run_picture& of, batch_time t) {
  const auto* const found = find_batch(of, t);
  if (found == nullptr)
    return {};
  auto result = json_of_batch(of, *found);
  result["inputs"] = json::array();
  for (const auto& [id, x] : found->stream_id_to_input_info)
    result["inputs"].push_back({{"id", id.value()},
                                {"name", of.inputs[id.value()].name},
                                {"records", x.num_records},
                                {"description", x.metadata_description}});
  result["outputs"] = json::array();
  for (const auto& [id, x] : found->output_operation_infos)
    result["outputs"].push_back({{"id", id.value()},
                                 {"name", x.name},
                                 {"description", x.description},
                                 {"startTime", time_in_ms(x.start_time)},
                                 {"durationMs", duration_in_ms(x.duration())},
                                 {"status", x.failure_reason ? "failed"
                                            : x.end_time     ? "succeeded"
                                                             : "active"},
                                 {"failure", x.failure_reason ? json(*x.failure_reason) : json(nullptr)}});
  result["accumulators"] = json::array();
  for (const auto& [name, sum] : found->accumulators)
    result["accumulators"].push_back(
        {{"name", name}, {"value", sum.is_real ? json(sum.as<double>()) : json(sum.as<std::int64_t>())}});
  return dump(result);
}

std::string graph_json(const run_picture& of) {
  auto stages = json::array();
  for (const auto& x : of.stages) {
    auto operators = json::array();
    for (const auto i : x.operators)
      operators.push_back(i.value());
    stages.push_back({{"id", x.id.value()},
                      {"partitions", x.nodes.size()},
                      {"onDriver", x.on_driver},
                      {"operators", std::move(operators)}});
  }
  auto operators = json::array();
  auto edges = json::array();
  for (const auto& x : of.operators) {
    operators.push_back(json_of_operator(x));
    for (const auto& parent : x.parents)
      edges.push_back(json_of_edge(of.operators[parent.node.value()], x));
  }
  return dump({{"stages", std::move(stages)}, {"operators", std::move(operators)}, {"edges", std::move(edges)}});
}

std::string operator_json(const run_picture& of, node_index i, const std::vector<load_point>& history) {
  if (i.value() >= of.operators.size())
    return {};
  const auto& x = of.operators[i.value()];
  auto result = json_of_operator(x);
  result["partitions"] = json::array();
  for (std::size_t p = 0; p < x.partitions.size(); ++p) {
    json partition = {{"partition", p}, {"node", "driver"}};
    if (x.stage && p < of.stages[x.stage->value()].nodes.size())
      partition["node"] = of.stages[x.stage->value()].nodes[p];
    if (x.stage && p < of.stages[x.stage->value()].partitions.size())
      partition["waitsForGateShare"] = of.stages[x.stage->value()].partitions[p].gate_share;
    add_load(partition, x.partitions[p], !x.state_schema.empty());
    result["partitions"].push_back(std::move(partition));
  }
  result["history"] = json::array();
  for (const auto& point : history)
    result["history"].push_back({{"time", time_in_ms(point.time)},
                                 {"recordsInPerSecond", point.records_per_second},
                                 {"busyShare", point.busy_share}});
  return dump(result);
}

std::string nodes_json(const program_identity& program, const run_picture& of, const process_usage& driver) {
  std::map<std::string, std::size_t> partitions;
  partitions["driver"] = 0;
  for (const auto& stage : of.stages)
    for (const auto& node : stage.nodes)
      ++partitions[node];
  auto result = json::array();
  for (const auto& [name, count] : partitions) {
    json node = {{"name", name},           {"alive", of.state != run_state::failed},
                 {"cores", nullptr},       {"threads", nullptr},
                 {"cpuShare", nullptr},    {"residentBytes", nullptr},
                 {"recordBytes", nullptr}, {"partitions", count},
                 {"uptimeMs", nullptr}};
    if (const auto worker = of.workers.find(name); worker != of.workers.end()) {
      const auto& [usage, cpu_share, told] = worker->second;
      node["cores"] = usage.cores;
      node["threads"] = usage.threads;
      node["cpuShare"] = cpu_share ? json(*cpu_share) : json(nullptr);
      node["residentBytes"] = usage.resident_bytes;
      node["recordBytes"] = usage.record_bytes;
      node["uptimeMs"] = time_in_ms(std::chrono::microseconds{usage.uptime_us});
    }
    if (name == "driver") {
      node["alive"] = true;
      node["recordBytes"] = process_memory().in_flight();
      node["cores"] = driver.cores;
      node["threads"] = program.threads;
      node["cpuShare"] = driver.cpu_share ? json(*driver.cpu_share) : json(nullptr);
      node["residentBytes"] = driver.resident_bytes;
      node["uptimeMs"] = time_in_ms(of.now - of.started);
    }
    result.push_back(std::move(node));
  }
  return dump(result);
}

std::string tail_json(const operator_picture& of, const std::vector<tail_line>& lines, std::uint64_t after) {
  auto records = json::array();
  for (const auto& x : lines)
    records.push_back({{"seq", x.number}, {"time", time_in_ms(x.time)}, {"text", x.text}});
  return dump({{"operator", of.name},
               {"record", of.record_schema},
               {"records", std::move(records)},
               {"last", lines.empty() ? after : lines.back().number}});
}

std::string events_json(const std::vector<run_event>& events, std::uint64_t after) {
  auto list = json::array();
  for (const auto& x : events)
    list.push_back({{"seq", x.number},
                    {"time", time_in_ms(x.time)},
                    {"kind", x.kind},
                    {"level", to_text(x.level)},
                    {"text", x.text}});
  return dump({{"events", std::move(list)}, {"last", events.empty() ? after : events.back().number}});
}

std::string config_json(const std::vector<shown_setting>& settings, const std::vector<std::string>& arguments) {
  auto options = json::array();
  for (const auto& x : settings)
    options.push_back({{"name", x.name}, {"value", x.value}, {"isDefault", x.is_default}, {"help", x.help}});
  return dump({{"options", std::move(options)}, {"arguments", arguments}});
}

} // namespace sluice::detail
