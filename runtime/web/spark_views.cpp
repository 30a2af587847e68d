// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/web/spark_views.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>

#include <sluice/runtime/web/json_text.hpp>
#include <sluice/runtime/web/whole_number.hpp>

namespace sluice::detail {

namespace {

using nlohmann::json;
using std::chrono::microseconds;

std::string date(microseconds x) {
  const std::time_t seconds = x.count() / 1'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  const auto ms = std::to_string(1000 + x.count() / 1000 % 1000).substr(1);
  return std::string{text.data(), size} + '.' + ms + "GMT";
}

json milliseconds_or_null(std::optional<microseconds> x) {
  return x ? json(std::llround(static_cast<double>(x->count()) / 1000)) : json(nullptr);
}

const char* status_of(const batch_info& x) {
  return x.processing_end ? "COMPLETED" : x.processing_start ? "PROCESSING" : "QUEUED";
}

/// The mean of what `value` gives for completed batches; null if there is none.
template <class Value>
json mean(const run_picture& of, Value value) {
  double sum = 0;
  for (const auto& x : of.completed)
    sum += static_cast<double>(value(*x).count()) / 1000;
  return of.completed.empty() ? json(nullptr) : json(std::llround(sum / static_cast<double>(of.completed.size())));
}

double mean_rate(const run_picture& of, std::optional<stream_id> input) {
  double records = 0;
  for (const auto& x : of.completed)
    for (const auto& [id, from] : x->stream_id_to_input_info)
      if (!input || id == *input)
        records += static_cast<double>(from.num_records);
  const auto seconds = static_cast<double>(of.completed.size()) * std::chrono::duration<double>{of.interval}.count();
  return of.completed.empty() ? 0 : records / seconds;
}

json statistics(const run_picture& of) {
  const auto receivers = std::ranges::count_if(of.inputs, &input_picture::is_receiver);
  const auto active = std::ranges::count_if(of.inputs, [](const auto& x) { return x.is_receiver && x.is_active; });
  return {{"startTime", date(of.started)},
          {"batchDuration", of.interval.count()},
          {"numReceivers", receivers},
          {"numActiveReceivers", active},
          {"numInactiveReceivers", receivers - active},
          {"numTotalCompletedBatches", of.totals.batches},
          {"numRetainedCompletedBatches", of.completed.size()},
          {"numActiveBatches", of.active.size()},
          {"numProcessedRecords", of.totals.processed},
          {"numReceivedRecords", of.totals.received},
          {"avgInputRate", mean_rate(of, std::nullopt)},
          {"avgSchedulingDelay", mean(of, [](const batch_info& x) { return *x.scheduling_delay(); })},
          {"avgProcessingTime", mean(of, [](const batch_info& x) { return *x.processing_delay(); })},
          {"avgTotalDelay", mean(of, [](const batch_info& x) { return *x.total_delay(); })}};
}

json receiver(const run_picture& of, const input_picture& x) {
  auto rates = json::array();
  const auto seconds = std::chrono::duration<double>{of.interval}.count();
  for (const auto& batch : of.completed) {
    const auto found = batch->stream_id_to_input_info.find(x.id);
    const auto records = found == batch->stream_id_to_input_info.end() ? 0 : found->second.num_records;
    rates.push_back({batch->time.ms(), static_cast<double>(records) / seconds});
  }
  return {{"streamId", x.id.value()},
          {"streamName", x.name},
          {"isActive", x.is_active},
          {"executorId", x.location},
          {"executorHost", x.location == "driver" ? "localhost" : x.location.substr(0, x.location.rfind(':'))},
          {"lastErrorTime", x.last_error_time ? json(date(*x.last_error_time)) : json(nullptr)},
          {"lastErrorMessage", text_or_null(x.last_error)},
          {"lastError", text_or_null(x.last_error)},
          {"avgEventRate", mean_rate(of, x.id)},
          {"eventRates", std::move(rates)}};
}

json batch(const run_picture& of, const batch_info& x) {
  std::size_t completed = 0;
  std::size_t failed = 0;
  json reason = nullptr;
  for (const auto& [id, output] : x.output_operation_infos) {
    if (output.failure_reason && failed++ == 0)
      reason = *output.failure_reason;
    completed += output.end_time && !output.failure_reason ? 1 : 0;
  }
  return {{"batchId", x.time.ms()},
          {"batchTime", date(std::chrono::milliseconds{x.time.ms()})},
          {"status", status_of(x)},
          {"batchDuration", of.interval.count()},
          {"inputSize", x.num_records()},
          {"schedulingDelay", milliseconds_or_null(x.scheduling_delay())},
          {"processingTime", milliseconds_or_null(x.processing_delay())},
          {"totalDelay", milliseconds_or_null(x.total_delay())},
          {"numActiveOutputOps", of.outputs - completed - failed},
          {"numCompletedOutputOps", completed},
          {"numFailedOutputOps", failed},
          {"numTotalOutputOps", of.outputs},
          {"firstFailureReason", std::move(reason)}};
}

json operation(const output_operation_info& x) {
  return {{"outputOpId", x.id.value()},
          {"name", x.name},
          {"description", x.description},
          {"startTime", date(x.start_time)},
          {"endTime", x.end_time ? json(date(*x.end_time)) : json(nullptr)},
          {"duration", milliseconds_or_null(x.duration())},
          {"failureReason", x.failure_reason ? json(*x.failure_reason) : json(nullptr)},
          {"jobIds", json::array()}};
}

json application(const program_identity& program, const run_picture& of) {
  return {{"id", program.id},
          {"name", program.name},
          {"attempts", json::array({{{"startTime", date(of.started)},
                                     {"lastUpdated", date(of.now)},
                                     {"duration", time_in_ms(of.now - of.started)},
                                     {"completed", of.state == run_state::stopped || of.state == run_state::failed},
                                     {"appSparkVersion", program.version}}})}};
}

json batches(const run_picture& of, const std::vector<std::pair<std::string, std::string>>& query) {
  std::vector<std::string> wanted;
  for (const auto& [name, value] : query)
    if (name == "status")
      wanted.push_back(value);
  auto result = json::array();
  const auto add = [&](const batch_info& x) {
    if (wanted.empty() || std::ranges::find(wanted, status_of(x)) != wanted.end())
      result.push_back(batch(of, x));
  };
  for (auto i = of.active.rbegin(); i != of.active.rend(); ++i)
    add(*i);
  for (auto i = of.completed.rbegin(); i != of.completed.rend(); ++i)
    add(**i);
  return result;
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> result;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    result.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return result;
}

/// What follows "/batches".
std::optional<json> of_batches(const run_picture& of, std::span<const std::string_view> path,
                               const std::vector<std::pair<std::string, std::string>>& query) {
  if (path.empty())
    return batches(of, query);
  const auto id = whole_number(path[0]);
  const auto* const found = id ? find_batch(of, batch_time{static_cast<std::int64_t>(*id)}) : nullptr;
  if (found == nullptr || path.size() > 3)
    return std::nullopt;
  if (path.size() == 1)
    return batch(of, *found);
  if (path[1] != "operations")
    return std::nullopt;
  auto all = json::array();
  for (const auto& [number, output] : found->output_operation_infos) {
    if (path.size() == 3 && number.value() == whole_number(path[2]))
      return operation(output);
    all.push_back(operation(output));
  }
  return path.size() == 2 ? std::optional{std::move(all)} : std::nullopt;
}

std::optional<json> of_receivers(const run_picture& of, std::span<const std::string_view> path) {
  auto all = json::array();
  for (const auto& x : of.inputs) {
    if (!x.is_receiver)
      continue;
    if (path.size() == 1 && x.id.value() == whole_number(path[0]))
      return receiver(of, x);
    all.push_back(receiver(of, x));
  }
  return path.empty() ? std::optional{std::move(all)} : std::nullopt;
}

std::optional<json> of_path(const program_identity& program, const run_picture& of,
                            std::span<const std::string_view> path,
                            const std::vector<std::pair<std::string, std::string>>& query) {
  if (path.empty())
    return json::array({application(program, of)});
  if (path[0] != program.id)
    return std::nullopt;
  if (path.size() == 1)
    return application(program, of);
  if (path[1] != "streaming" || path.size() == 2)
    return std::nullopt;
  const auto rest = path.subspan(3);
  if (path[2] == "statistics" && rest.empty())
    return statistics(of);
  if (path[2] == "receivers")
    return of_receivers(of, rest);
  return path[2] == "batches" ? of_batches(of, rest, query) : std::nullopt;
}

} // namespace

std::optional<std::string> spark_json(const program_identity& program, const run_picture& of, std::string_view path,
                                      const std::vector<std::pair<std::string, std::string>>& query) {
  const auto found = of_path(program, of, split(path), query);
  return found ? std::optional{dump(*found)} : std::nullopt;
}

std::string spark_gauges_json(const program_identity& program, const run_picture& of) {
  const auto* const last = of.completed.empty() ? nullptr : of.completed.back().get();
  const batch_info* received = last;
  for (const auto& x : of.active)
    if (x.processing_start)
      received = &x;
  const auto time = [](std::optional<microseconds> x) { return x ? time_in_ms(*x) : -1; };
  const auto of_last = [&](auto value) { return last == nullptr ? -1 : time(value(*last)); };
  const auto of_received = [&](auto value) { return received == nullptr ? -1 : time(value(*received)); };
  const auto started = [](const batch_info& x) { return x.processing_start; };
  const auto ended = [](const batch_info& x) { return x.processing_end; };
  const auto submitted = [](const batch_info& x) { return std::optional{x.submitted}; };
  const auto running =
      std::ranges::count_if(of.active, [](const batch_info& x) { return x.processing_start.has_value(); });
  json gauges = json::object();
  const auto add = [&](const std::string& name, json value) {
    gauges[program.id + ".StreamingMetrics.streaming." + name] = {{"value", std::move(value)}};
  };
  add("receivers", std::ranges::count_if(of.inputs, &input_picture::is_receiver));
  add("totalCompletedBatches", of.totals.batches);
  add("totalReceivedRecords", of.totals.received);
  add("totalProcessedRecords", of.totals.processed);
  add("unprocessedBatches", of.active.size());
  add("waitingBatches", static_cast<std::int64_t>(of.active.size()) - running);
  add("runningBatches", running);
  add("retainedCompletedBatches", of.completed.size());
  add("lastCompletedBatch_submissionTime", of_last(submitted));
  add("lastCompletedBatch_processingStartTime", of_last(started));
  add("lastCompletedBatch_processingEndTime", of_last(ended));
  add("lastCompletedBatch_processingDelay", of_last([](const batch_info& x) { return x.processing_delay(); }));
  add("lastCompletedBatch_schedulingDelay", of_last([](const batch_info& x) { return x.scheduling_delay(); }));
  add("lastCompletedBatch_totalDelay", of_last([](const batch_info& x) { return x.total_delay(); }));
  add("lastReceivedBatch_submissionTime", of_received(submitted));
  add("lastReceivedBatch_processingStartTime", of_received(started));
  add("lastReceivedBatch_processingEndTime", of_received(ended));
  add("lastReceivedBatch_records", received == nullptr ? json(-1) : json(received->num_records()));
  return dump({{"version", "4.0.0"}, {"gauges", std::move(gauges)}});
}

} // namespace sluice::detail
