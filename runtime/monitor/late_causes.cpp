// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/late_causes.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <sluice/runtime/monitor/operator_shares.hpp>
#include <sluice/runtime/monitor/reason_text.hpp>

namespace sluice::detail {

namespace {

using namespace std::chrono_literals;
using level = run_reason::level;

// Shares above which a sentence names a cause. None of them depends on how fast the machine is.
constexpr double most_of_it = 0.5;       ///< outputs, commits or listeners, of the time that a batch takes
constexpr double busy_partition = 0.6;   ///< of one core
constexpr double skew = 1.6;             ///< work of one partition, of its fair share
constexpr double hardly_busy = 0.3;      ///< of one core
constexpr double others_use_much = 0.25; ///< of the machine
constexpr double hardly_idle = 0.1;      ///< of the machine
constexpr double got_it = 0.75;          ///< of the processor's time that the operators wanted
constexpr double would_keep_up = 0.95;   ///< of the pace of the interval
constexpr double mostly_overhead = 0.5;  ///< of the processor's time that the process uses: not in an operator
constexpr double few_records = 64;       ///< of a batch, in one partition
constexpr std::size_t some_partitions = 8;
constexpr double huge_record = 64 * 1024;  ///< bytes
constexpr double little_per_byte = 200e-9; ///< seconds: with more, it is not the size that makes an operator slow
constexpr double slower_node = 2;          ///< time of a record there, of that on the other nodes

using found = std::optional<run_reason>;

/// What the rules look at.
struct situation {
  const run_picture& of;
  const recent_batches& recent;
  const std::string& how_late;
  const operator_picture* busiest;
  std::string bottleneck; ///< the beginning of a sentence about it

  double busy() const { return busiest == nullptr ? 0 : busy_of(*busiest); }
};

found of_listeners(const situation& x) {
  if (x.of.listening_share < most_of_it)
    return std::nullopt;
  return run_reason{level::warning, "slow_listener", std::nullopt,
                    x.how_late + ": streaming listeners take " + percent(x.of.listening_share)
                        + " of the time, and batches wait for them."};
}

found of_outputs(const situation& x) {
  for (const auto& batch : x.of.active)
    for (const auto& [id, output] : batch.output_operation_infos)
      if (const auto runs = in_ms(x.of.now - output.start_time);
          !output.end_time && runs > std::max(1000.0, in_ms(x.of.interval)))
        return run_reason{level::warning, "slow_output", find_operator(x.of, output.name),
                          x.how_late + ": output " + quoted(output.name) + " has been running for " + time_text(runs)
                              + "."};
  for (const auto& [name, ms] : x.recent.outputs_ms)
    if (ms > most_of_it * x.recent.total_ms || ms > 0.9 * in_ms(x.of.interval))
      return run_reason{level::warning, "slow_output", find_operator(x.of, name),
                        x.how_late + ": waiting for output " + quoted(name) + ", which takes " + time_text(ms)
                            + " per batch."};
  return std::nullopt;
}

/// Outputs have all of a batch, and wait until it is in the log what it consists of.
found of_log(const situation& x) {
  double share = 0;
  for (const auto& stage : x.of.stages)
    for (const auto& part : stage.partitions)
      share = std::max(share, part.gate_share);
  if (share < most_of_it)
    return std::nullopt;
  return run_reason{level::warning, "slow_disk", std::nullopt,
                    x.how_late + ": outputs wait for the write-ahead log " + percent(share) + " of the time."};
}

found of_disk(const situation& x) {
  const auto ms = in_ms(x.of.commits.mean);
  if (x.of.commits.count == 0 || ms < most_of_it * std::min(x.recent.total_ms, in_ms(x.of.interval)))
    return std::nullopt;
  return run_reason{level::warning, "slow_disk", std::nullopt,
                    x.how_late + ": commits wait for the disk, " + time_text(ms) + " each."};
}

/// Whether others use what is left of the processor.
bool is_contended(const processor_use& x) {
  return x.others > others_use_much * x.cores && x.cores - x.own - x.others < hardly_idle * x.cores;
}

std::string use_of_others(const processor_use& x) {
  return "other programs use " + with_one_digit(x.others) + " of " + std::to_string(std::lround(x.cores)) + " cores";
}

/// Operators are in their functions, but others have the processor: alone, the program would keep up.
found of_others(const situation& x) {
  const auto busy = busy_in_all(x.of);
  if (!x.of.processor || !busy.is_all_here || busy.stages < hardly_busy || !is_contended(*x.of.processor))
    return std::nullopt;
  const auto got = x.of.processor->own / busy.stages;
  if (got > got_it || x.recent.pace < would_keep_up * got)
    return std::nullopt;
  return run_reason{level::warning, "shared_cpu", std::nullopt,
                    x.how_late + ": " + use_of_others(*x.of.processor) + ", and this one gets " + percent(got)
                        + " of what it could use."};
}

/// Batches have so few records that most of the work is to begin and to end them.
found of_overhead(const situation& x) {
  const auto busy = busy_in_all(x.of);
  const stage_picture* widest = nullptr;
  for (const auto& stage : x.of.stages) {
    const auto records = records_per_part(x.of, stage);
    if (!records || *records > few_records)
      continue;
    if (widest == nullptr || stage.partitions.size() > widest->partitions.size())
      widest = &stage;
  }
  if (widest == nullptr || !x.of.processor || !busy.is_all_here
      || busy.operators > (1 - mostly_overhead) * x.of.processor->own || x.of.processor->own < hardly_busy)
    return std::nullopt;
  const auto partitions = widest->partitions.size();
  const auto records = with_one_digit(*records_per_part(x.of, *widest));
  const auto where = widest->operators.empty() ? std::nullopt : std::optional{widest->operators.front()};
  const auto rest = percent(1 - busy.operators / x.of.processor->own)
                    + " of the processor's time goes into beginning and ending batches, not into records.";
  if (partitions >= some_partitions && static_cast<double>(partitions) > 2 * x.of.processor->cores)
    return run_reason{level::warning, "too_many_partitions", where,
                      x.how_late + ": a batch has " + records + " records for each of " + std::to_string(partitions)
                          + " partitions; " + rest};
  return run_reason{level::warning, "tiny_batches", std::nullopt,
                    x.how_late + ": the interval of " + to_string(x.of.interval) + " is too short; a batch has "
                        + records + " records for each partition; " + rest};
}

/// No operator is busy, and no output, disk or listener is waited for.
run_reason of_nobody(const situation& x) {
  const auto is_shared = x.of.processor && is_contended(*x.of.processor);
  const auto workers = workers_of(x.of);
  if (!workers.empty() && x.of.processor && !is_shared)
    return {level::warning, "slow_link", std::nullopt,
            x.how_late + ", but no operator is busy: the link to " + workers.front()
                + (workers.size() > 1 ? " or to another worker" : "")
                + " is slow, or other programs use the processor there."};
  return {level::warning, "shared_cpu", std::nullopt,
          x.how_late + ", but no operator is busy: "
              + (is_shared ? use_of_others(*x.of.processor) + "."
                           : "other programs use the processor, functions wait, or the machine is slow.")};
}

/// Time that an operator takes for each record on a node.
struct node_pace {
  double busy = 0;
  double records = 0;
  std::size_t partitions = 0;
  double hottest = 0;

  double per_record() const { return records > 0 ? busy / records : 0; }
};

found of_node(const situation& x) {
  const auto* const stage = find_stage(x.of, x.busiest->stage);
  if (stage == nullptr)
    return std::nullopt;
  std::map<std::string, node_pace> nodes;
  for (std::size_t i = 0; i < std::min(stage->nodes.size(), x.busiest->partitions.size()); ++i) {
    auto& to = nodes[stage->nodes[i]];
    const auto& part = x.busiest->partitions[i];
    to.busy += part.busy_share;
    to.records += part.records_per_second;
    to.hottest = std::max(to.hottest, part.busy_share);
    ++to.partitions;
  }
  const auto slowest = std::ranges::max_element(nodes, {}, [](const auto& node) { return node.second.per_record(); });
  if (nodes.size() < 2 || slowest->second.hottest < busy_partition)
    return std::nullopt;
  node_pace others;
  for (const auto& [name, pace] : nodes)
    if (name != slowest->first) {
      others.busy += pace.busy;
      others.records += pace.records;
    }
  if (others.records == 0 || slowest->second.per_record() < slower_node * others.per_record())
    return std::nullopt;
  return run_reason{level::warning, "slow_node", x.busiest->id,
                    x.bottleneck + " on node " + slowest->first + ": a record takes "
                        + with_one_digit(slowest->second.per_record() / others.per_record())
                        + " × the time that it takes on the other nodes."};
}

found of_skew(const situation& x) {
  const auto hot = hottest_of(*x.busiest);
  const auto partitions = x.busiest->partitions.size();
  if (partitions < 2 || !is_keyed(x.of, x.busiest->stage) || hot.busy < busy_partition
      || hot.work_share * static_cast<double>(partitions) < skew)
    return std::nullopt;
  return run_reason{level::warning, "skewed_key", x.busiest->id,
                    x.bottleneck + "; partition " + std::to_string(hot.number) + " of " + std::to_string(partitions)
                        + " does " + percent(hot.work_share) + " of its work, and has "
                        + percent(records_share(x.of, x.busiest->stage, hot.number)) + " of the records."};
}

found of_size(const situation& x) {
  const auto* const stage = find_stage(x.of, x.busiest->stage);
  if (stage == nullptr)
    return std::nullopt;
  const auto bytes = bytes_per_record(x.of, *stage);
  double all = 0;
  for (const auto& part : stage->partitions)
    all += part.bytes_per_second;
  if (bytes < huge_record || x.busiest->load.busy_share > little_per_byte * all)
    return std::nullopt;
  return run_reason{level::warning, "huge_records", x.busiest->id,
                    x.bottleneck + "; its records have " + bytes_text(bytes) + " each."};
}

} // namespace

run_reason cause_of_lateness(const run_picture& of, const recent_batches& recent, const std::string& how_late) {
  situation x{of, recent, how_late, busiest_of(of), {}};
  for (const auto rule : {of_listeners, of_outputs, of_log, of_disk, of_others, of_overhead})
    if (auto result = rule(x))
      return *result;
  if (x.busy() < hardly_busy)
    return of_nobody(x);
  x.bottleneck = how_late + ": " + quoted(x.busiest->name) + " is the bottleneck";
  for (const auto rule : {of_node, of_skew, of_size})
    if (auto result = rule(x))
      return *result;
  return {level::warning, "slow_function", x.busiest->id,
          x.bottleneck + "; it is busy for " + percent(x.busiest->load.busy_share) + " of one core."};
}

} // namespace sluice::detail
