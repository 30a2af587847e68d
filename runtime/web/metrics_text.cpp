// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/web/metrics_text.hpp>

#include <chrono>
#include <limits>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace sluice::detail {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

double seconds(std::chrono::microseconds x) { return std::chrono::duration<double>{x}.count(); }

/// Metric families, one after the other.
class metric_list {
public:
  void begin(std::string name, MetricType type, std::string help) {
    all_.push_back({std::move(name), std::move(help), type, {}});
  }

  /// A value of the family that was begun last, which is a counter or a gauge.
  void add(double value, labels of = {}) {
    ClientMetric x;
    x.label = std::move(of);
    (all_.back().type == MetricType::Counter ? x.counter.value : x.gauge.value) = value;
    all_.back().metric.push_back(std::move(x));
  }

  void counter(std::string name, std::string help, double value) {
    begin(std::move(name), MetricType::Counter, std::move(help));
    add(value);
  }

  void gauge(std::string name, std::string help, double value) {
    begin(std::move(name), MetricType::Gauge, std::move(help));
    add(value);
  }

  void add_histogram(const batch_history::sums& of) {
    begin("sluice_batch_total_delay_seconds", MetricType::Histogram,
          "Time from the cut of a batch to its commit, of completed batches.");
    ClientMetric x;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < of.delays.size(); ++i) {
      count += of.delays[i];
      const auto bound = i < batch_history::delay_bounds.size()
                             ? seconds(std::chrono::microseconds{batch_history::delay_bounds[i]})
                             : std::numeric_limits<double>::infinity();
      x.histogram.bucket.push_back({count, bound});
    }
    x.histogram.sample_count = count;
    x.histogram.sample_sum = seconds(of.delay);
    all_.back().metric.push_back(std::move(x));
  }

  const std::vector<MetricFamily>& all() const { return all_; }

private:
  std::vector<MetricFamily> all_;
};

void add_batches(metric_list& to, const run_picture& of) {
  to.gauge("sluice_batch_interval_seconds", "The batch interval.", seconds(of.interval));
  to.counter("sluice_batches_completed_total", "Batches that have been committed.",
             static_cast<double>(of.totals.batches));
  to.gauge("sluice_batches_active", "Batches that have been cut and are not committed.",
           static_cast<double>(of.active.size()));
  to.add_histogram(of.totals);
  to.counter("sluice_records_received_total", "Records of all batches that have begun.",
             static_cast<double>(of.totals.received));
  to.counter("sluice_records_processed_total", "Records of committed batches.",
             static_cast<double>(of.totals.processed));
  to.counter("sluice_output_failures_total", "Outputs of batches that failed or could not run.",
             static_cast<double>(of.totals.failed_outputs));
  to.counter("sluice_commits_total", "Commits of the checkpoint.", static_cast<double>(of.commits.count));
  to.gauge("sluice_commit_mean_seconds", "Mean duration of the commits of the last seconds.", seconds(of.commits.mean));
  to.counter("sluice_restarts_total", "Restarts of the program inside its process, after failures.",
             static_cast<double>(of.restarts));
}

void add_inputs(metric_list& to, const run_picture& of) {
  to.begin("sluice_input_records_total", MetricType::Counter, "Records that an input has given to batches.");
  for (const auto& x : of.inputs)
    to.add(static_cast<double>(x.records), {{"input", x.name}});
  to.begin("sluice_input_active", MetricType::Gauge, "1 if the input receives.");
  for (const auto& x : of.inputs)
    to.add(x.is_active ? 1 : 0, {{"input", x.name}});
}

void add_operators(metric_list& to, const run_picture& of) {
  const auto for_each = [&](auto value) {
    for (const auto& x : of.operators)
      if (x.stage)
        to.add(static_cast<double>(value(x)), {{"operator", x.name}});
  };
  to.begin("sluice_operator_records_total", MetricType::Counter, "Records that an operator has taken.");
  for_each([](const auto& x) { return x.load.records; });
  to.begin("sluice_operator_busy_seconds_total", MetricType::Counter,
           "Time of the processor that an operator has used, by sample, over all partitions.");
  for_each([](const auto& x) { return x.load.busy_seconds; });
  to.begin("sluice_operator_dead_letters_total", MetricType::Counter, "Records that an operator has refused.");
  for_each([](const auto& x) { return x.dead_letters; });
  to.begin("sluice_operator_state_keys", MetricType::Gauge, "Keys for which an operator keeps a state.");
  for (const auto& x : of.operators)
    if (x.stage && !x.state_schema.empty())
      to.add(static_cast<double>(x.load.keys), {{"operator", x.name}});
}

void add_process(metric_list& to, const run_picture& of, const process_usage& driver) {
  to.counter("process_cpu_seconds_total", "User and system time of the driver.", driver.cpu_seconds);
  to.gauge("process_resident_memory_bytes", "Resident memory of the driver.",
           static_cast<double>(driver.resident_bytes));
  to.gauge("process_start_time_seconds", "When the program was started, since the Unix epoch.", seconds(of.started));
}

} // namespace

std::string metrics_text(const program_identity& program, const run_picture& of, const process_usage& driver) {
  metric_list all;
  all.begin("sluice_program_info", MetricType::Gauge, "1; its labels say which program this is.");
  all.add(1, {{"program", program.name}, {"version", program.version}});
  all.gauge("sluice_program_up", "1 while batches run.", of.state == run_state::running ? 1 : 0);
  add_batches(all, of);
  add_inputs(all, of);
  add_operators(all, of);
  add_process(all, of, driver);
  return prometheus::TextSerializer{}.Serialize(all.all());
}

} // namespace sluice::detail
