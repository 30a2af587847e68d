// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/reason.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

namespace sluice {

namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using level = run_reason::level;

constexpr std::size_t most_batches = 20;
constexpr microseconds lately = 10s;

// Shares above which a sentence names a cause.
constexpr double late = 1.2;           ///< total delay, of the interval
constexpr double most_of_it = 0.5;     ///< outputs or commits, of the time that a batch takes
constexpr double busy_partition = 0.6; ///< of one core
constexpr double skew = 1.6;           ///< work of one partition, of its fair share
constexpr double hardly_busy = 0.3;

/// What the last batches had in common.
struct recent_batches {
  std::size_t count = 0;
  double total_ms = 0;                         ///< the mean delay from the cut to the commit
  double records = 0;                          ///< of all of them
  std::map<std::string, double> outputs_ms;    ///< the mean duration of each output
  std::map<std::string, std::size_t> failures; ///< outputs that failed, and how often
  std::string last_failure;
};

double in_ms(microseconds x) { return static_cast<double>(x.count()) / 1000; }

recent_batches look_at(const run_picture& of) {
  recent_batches result;
  const auto from = of.now - std::max(lately, 3 * microseconds{of.interval});
  for (auto i = of.completed.rbegin(); i != of.completed.rend() && result.count < most_batches; ++i) {
    const auto& x = **i;
    if (*x.processing_end < from)
      break;
    ++result.count;
    result.total_ms += in_ms(*x.total_delay());
    result.records += static_cast<double>(x.num_records());
    for (const auto& [id, output] : x.output_operation_infos) {
      result.outputs_ms[output.name] += in_ms(output.duration().value_or(0us));
      if (output.failure_reason && result.failures[output.name]++ == 0)
        result.last_failure = *output.failure_reason;
    }
  }
  if (result.count == 0)
    return result;
  result.total_ms /= static_cast<double>(result.count);
  for (auto& [name, ms] : result.outputs_ms)
    ms /= static_cast<double>(result.count);
  return result;
}

std::string percent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

std::string with_one_digit(double x) {
  const auto tenths = std::lround(x * 10);
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
}

std::string time_text(double ms) {
  return ms < 10 ? with_one_digit(ms) + " ms" : std::to_string(std::lround(ms)) + " ms";
}

std::string quoted(const std::string& name) { return '`' + name + '`'; }

std::optional<node_index> find_operator(const run_picture& of, const std::string& name) {
  const auto found = std::ranges::find(of.operators, name, &operator_picture::name);
  return found == of.operators.end() ? std::nullopt : std::optional{found->id};
}

/// The partition of an operator that is busiest.
struct hot_partition {
  std::size_t number = 0;
  double busy = 0;
  double work_share = 0; ///< of the time of all partitions
};

hot_partition hottest_of(const operator_picture& x) {
  hot_partition result;
  double all = 0;
  for (std::size_t i = 0; i < x.partitions.size(); ++i) {
    all += x.partitions[i].busy_share;
    if (x.partitions[i].busy_share > result.busy)
      result = {i, x.partitions[i].busy_share};
  }
  result.work_share = all > 0 ? result.busy / all : 0;
  return result;
}

/// The greatest share that this partition has of the records of an operator of this stage: groups of very different
/// size are few records, but many before they were grouped.
double records_share(const run_picture& of, std::optional<stage_id> stage, std::size_t partition) {
  double result = 0;
  for (const auto& x : of.operators) {
    if (x.stage != stage || partition >= x.partitions.size())
      continue;
    double all = 0;
    for (const auto& part : x.partitions)
      all += part.records_per_second;
    if (all > 0)
      result = std::max(result, x.partitions[partition].records_per_second / all);
  }
  return result;
}

/// Whether records come to a stage by their key.
bool is_keyed(const run_picture& of, std::optional<stage_id> stage) {
  return std::ranges::any_of(of.operators,
                             [&](const auto& x) { return x.stage == stage && x.inbound == edge_kind::hash; });
}

const operator_picture* busiest_of(const run_picture& of) {
  const auto busiest = [](const operator_picture& x) { return std::max(x.load.busy_share, hottest_of(x).busy); };
  const auto found = std::ranges::max_element(of.operators, {}, busiest);
  return found == of.operators.end() || busiest(*found) == 0 ? nullptr : &*found;
}

/// How late batches are, as the beginning of a sentence; empty if they are in time.
std::string lateness(const run_picture& of, const recent_batches& recent) {
  const auto interval = in_ms(of.interval);
  if (!of.active.empty()) {
    const auto waits = in_ms(of.now - of.active.front().submitted);
    if (waits > 3 * interval + 500 && waits > recent.total_ms)
      return "Batch " + to_string(of.active.front().time) + " has taken " + time_text(waits) + " so far";
  }
  if (recent.count == 0 || recent.total_ms < late * interval)
    return {};
  return "Batches take " + with_one_digit(recent.total_ms / interval) + " × the interval";
}

std::optional<run_reason> of_outputs(const run_picture& of, const recent_batches& recent, const std::string& how_late) {
  for (const auto& batch : of.active)
    for (const auto& [id, output] : batch.output_operation_infos)
      if (const auto runs = in_ms(of.now - output.start_time);
          !output.end_time && runs > std::max(1000.0, in_ms(of.interval)))
        return run_reason{level::warning, "slow_output", find_operator(of, output.name),
                          how_late + ": output " + quoted(output.name) + " has been running for " + time_text(runs)
                              + "."};
  for (const auto& [name, ms] : recent.outputs_ms)
    if (ms > most_of_it * recent.total_ms || ms > 0.9 * in_ms(of.interval))
      return run_reason{level::warning, "slow_output", find_operator(of, name),
                        how_late + ": waiting for output " + quoted(name) + ", which takes " + time_text(ms)
                            + " per batch."};
  return std::nullopt;
}

std::optional<run_reason> of_disk(const run_picture& of, const recent_batches& recent, const std::string& how_late) {
  const auto ms = in_ms(of.commits.mean);
  if (of.commits.count == 0 || ms < most_of_it * std::min(recent.total_ms, in_ms(of.interval)))
    return std::nullopt;
  return run_reason{level::warning, "slow_disk", std::nullopt,
                    how_late + ": commits wait for the disk, " + time_text(ms) + " each."};
}

run_reason of_operators(const run_picture& of, const std::string& how_late) {
  const auto* const busiest = busiest_of(of);
  if (busiest == nullptr || std::max(busiest->load.busy_share, hottest_of(*busiest).busy) < hardly_busy)
    return {level::warning, "shared_cpu", std::nullopt,
            how_late + ", but no operator is busy: other programs use the processor, or the machine is slow."};
  const auto hot = hottest_of(*busiest);
  const auto partitions = busiest->partitions.size();
  auto sentence = how_late + ": " + quoted(busiest->name) + " is the bottleneck";
  if (partitions > 1 && is_keyed(of, busiest->stage) && hot.busy > busy_partition
      && hot.work_share * static_cast<double>(partitions) > skew)
    return {level::warning, "skewed_key", busiest->id,
            sentence + "; partition " + std::to_string(hot.number) + " of " + std::to_string(partitions) + " does "
                + percent(hot.work_share) + " of its work, and has "
                + percent(records_share(of, busiest->stage, hot.number)) + " of the records."};
  return {level::warning, "slow_function", busiest->id,
          sentence + "; it is busy for " + percent(busiest->load.busy_share) + " of one core."};
}

run_reason of_late(const run_picture& of, const recent_batches& recent, const std::string& how_late) {
  if (auto found = of_outputs(of, recent, how_late))
    return *found;
  if (auto found = of_disk(of, recent, how_late))
    return *found;
  return of_operators(of, how_late);
}

/// What is wrong with a program whose batches are in time.
std::optional<run_reason> of_troubles(const run_picture& of, const recent_batches& recent) {
  for (const auto& input : of.inputs)
    if (input.is_receiver && !input.is_active)
      return run_reason{level::warning, "silent_receiver", find_operator(of, input.name),
                        "Input " + quoted(input.name) + " does not receive"
                            + (input.last_error.empty() ? "." : ": " + input.last_error)};
  if (!recent.failures.empty()) {
    const auto& [name, times] = *recent.failures.begin();
    return run_reason{level::warning, "failing_output", find_operator(of, name),
                      "Output " + quoted(name) + " failed in " + std::to_string(times) + " of the last "
                          + std::to_string(recent.count) + " batches: " + recent.last_failure};
  }
  for (const auto& x : of.operators)
    if (x.dead_letters != 0)
      return run_reason{level::notice, "dead_letters", x.id,
                        quoted(x.name) + " has refused " + std::to_string(x.dead_letters)
                            + " records so far; they are in its dead letters."};
  return std::nullopt;
}

run_reason of_healthy(const run_picture& of, const recent_batches& recent) {
  if (recent.count == 0)
    return {level::ok, "healthy", std::nullopt, "No batch has been completed lately."};
  if (recent.records == 0)
    return {level::ok, "no_records", std::nullopt, "No records arrive."};
  for (const auto& input : of.inputs)
    if (input.records_per_second == 0)
      return {level::notice, "silent_input", find_operator(of, input.name),
              "Input " + quoted(input.name) + " gives no records, while others do."};
  const auto share = recent.total_ms / in_ms(of.interval);
  const auto* const busiest = busiest_of(of);
  if (busiest == nullptr)
    return {level::ok, "healthy", std::nullopt, "Batches take " + percent(share) + " of the interval."};
  const auto busy = std::max(hottest_of(*busiest).busy, busiest->load.busy_share);
  if (busy < hardly_busy)
    return {level::ok, "source_slower", std::nullopt,
            "The source is slower than the program: its busiest operator, " + quoted(busiest->name) + ", is busy for "
                + percent(busy) + " of one core."};
  return {level::ok, "healthy", busiest->id,
          "Batches take " + percent(share) + " of the interval; " + quoted(busiest->name)
              + " is the busiest operator, with " + percent(busy) + " of one core."};
}

} // namespace

run_reason find_reason(const run_picture& of) {
  switch (of.state) {
    case run_state::starting: return {level::ok, "starting", std::nullopt, "The program is starting."};
    case run_state::stopping:
      return {level::notice, "stopping", std::nullopt, "The program is stopping: it processes what it has received."};
    case run_state::stopped: return {level::ok, "stopped", std::nullopt, "The program has stopped as asked."};
    case run_state::failed: return {level::warning, "failed", std::nullopt, "The program has failed: " + of.failure};
    case run_state::restarting:
      return {level::warning, "restarting", std::nullopt,
              "The program goes back to its last commit after a failure: " + of.failure};
    case run_state::running: break;
  }
  const auto recent = look_at(of);
  if (const auto how_late = lateness(of, recent); !how_late.empty())
    return of_late(of, recent, how_late);
  if (auto found = of_troubles(of, recent))
    return *found;
  return of_healthy(of, recent);
}

} // namespace sluice
