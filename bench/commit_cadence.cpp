// SPDX-License-Identifier: BSD-3-Clause
//
// What commits cost a program that commits every 10 ms. First how long one takes, from the end of the batch's output to
// the commit, while each batch changes 10,000 keys; beside it how long this disk takes to append as much to a file and
// sync it. Then what the keyed window job (keyed_window.cpp) is slowed down by a checkpoint: as fast as it can, in
// batches of what it does in 10 ms without one, with and without in turn.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include "cost_report.hpp"
#include "distribution.hpp"
#include "median.hpp"
#include "run_program.hpp"
#include "scratch.hpp"
#include "synced_file.hpp"

namespace sluice::bench {

namespace {

using clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr double most_commit_ms = 5;
constexpr double least_ratio = 0.9;

struct options {
  std::string events; ///< the file
  std::int64_t interval = 10;
  std::int64_t seconds = 10;
  std::size_t keys = 100'000;
  std::size_t changed = 10'000;
  std::size_t pairs = 9;
  std::size_t batch = 0; ///< events of a batch of the window job; 0: what it does in an interval
  std::size_t threads = 2;
  std::string json_file;
};

/// The state of a key: 16 bytes.
struct tally {
  std::int64_t count = 0;
  std::int64_t sum = 0;
};

using keyed_number = std::pair<std::string_view, std::int64_t>;

std::string key_name(std::size_t k) {
  const auto digits = std::to_string(k);
  return "user " + std::string(8 - std::min<std::size_t>(digits.size(), 8), '0') + digits;
}

/// In each batch some of the keys, all of them in turn.
class keys_in_turn : public source<keyed_number> {
public:
  keys_in_turn(std::size_t keys, std::size_t in_batch) {
    for (std::size_t k = 0; k < keys; k += in_batch) {
      std::vector<std::pair<std::string, std::int64_t>> records;
      for (auto i = k; i < k + in_batch; ++i)
        records.emplace_back(key_name(i), static_cast<std::int64_t>(i));
      batches_.push_back(std::move(records));
    }
  }

  std::optional<std::vector<std::pair<std::string, std::int64_t>>> compute(batch_time) override {
    return batches_[next_++ % batches_.size()];
  }

private:
  std::vector<std::vector<std::pair<std::string, std::int64_t>>> batches_;
  std::size_t next_ = 0;
};

/// When outputs of batches were over; from there to their commits it takes what is measured.
class commit_times : public streaming_listener {
public:
  void output_over(batch_time t) {
    const std::lock_guard lock{mutex_};
    over_[t] = clock::now();
  }

  void on_batch_completed(const batch_info& x) override {
    const auto now = clock::now();
    const std::lock_guard lock{mutex_};
    const auto over = over_.extract(x.time);
    if (!over)
      return;
    commit_ms.add(std::chrono::duration<double, std::milli>{now - over.mapped()}.count());
    all_ms.add(static_cast<double>(x.total_delay()->count()) / 1e3);
  }

  distribution commit_ms; ///< read when the program has stopped
  distribution all_ms;    ///< from when the batch was cut

private:
  std::mutex mutex_;
  std::map<batch_time, clock::time_point> over_;
};

/// Runs the program that changes the state of so many keys a batch. Returns whether its counts are right.
bool run_commits(const options& how, commit_times& times) {
  const scratch directory;
  runtime_options runtime;
  runtime.threads = how.threads;
  streaming_context context{duration{how.interval}, runtime};
  context.checkpoint(directory.path() / "checkpoint");
  const std::shared_ptr<commit_times> listener{&times, [](auto*) {}};
  context.add_streaming_listener(listener);
  const auto make = [&how] { return std::make_unique<keys_in_turn>(how.keys, how.changed); };
  bool right = true;
  context.input_stream<keyed_number>(make, {.is_quick = true})
      .map_with_state(
          state_spec<tally>([](std::string_view key, const std::optional<std::int64_t>& value, state<tally>& all) {
            auto x = all.get_option().value_or(tally{});
            x = {x.count + 1, x.sum + value.value_or(0)};
            all.update(x);
            return keyed_number{key, x.count};
          }))
      .foreach_rdd([&, batch = std::size_t{0}](const rdd<keyed_number>& counts, batch_time t) mutable {
        const auto expected = static_cast<std::int64_t>(batch++ / (how.keys / how.changed)) + 1;
        std::size_t seen = 0;
        counts.for_each([&](const keyed_number& x) { seen += x.second == expected ? 1 : 0; });
        right = right && seen == how.changed;
        times.output_over(t);
      });
  context.start();
  std::this_thread::sleep_for(std::chrono::seconds{how.seconds});
  context.stop(stop_mode::graceful);
  context.await_termination();
  return right;
}

/// What this disk takes, at the same pace, to append as many bytes as a commit has at least, and to sync them.
distribution run_disk(const options& how) {
  const scratch directory;
  synced_file file{directory.path() / "file"};
  const std::vector<std::byte> bytes(how.changed * (key_name(0).size() + sizeof(tally)));
  distribution ms;
  const auto start = clock::now();
  for (auto next = start; next < start + std::chrono::seconds{how.seconds}; next += duration{how.interval}) {
    std::this_thread::sleep_until(next);
    const auto before = clock::now();
    file.append(bytes);
    file.sync();
    ms.add(std::chrono::duration<double, std::milli>{clock::now() - before}.count());
  }
  return ms;
}

void report_times(const std::string& name, distribution& ms, cost_report& report, std::optional<double> most = {}) {
  std::printf("%-44s %8llu %8.2f %8.2f %8.2f", name.c_str(), static_cast<unsigned long long>(ms.count()),
              ms.quantile(0.5), ms.quantile(0.99), ms.quantile(1));
  if (most)
    std::printf("   (target: p99 at most %.0f)", *most);
  std::printf("\n");
  std::fflush(stdout);
  report.add(name + ", p50 ms", ms.quantile(0.5));
  report.add(name + ", p99 ms", ms.quantile(0.99), most);
  report.add(name + ", most ms", ms.quantile(1));
}

bool measure_commits(const options& how, cost_report& report) {
  std::printf("\ncommit_cadence: a commit every %lld ms, %zu of %zu keys changed in each, state of 16 bytes,\n"
              "for %lld s; %zu threads, in %s\n%-44s %8s %8s %8s %8s\n",
              static_cast<long long>(how.interval), how.changed, how.keys, static_cast<long long>(how.seconds),
              how.threads, fs::temp_directory_path().c_str(), "ms", "commits", "p50", "p99", "most");
  auto disk = run_disk(how);
  report_times("the disk alone, as many bytes", disk, report);
  commit_times times;
  const auto right = run_commits(how, times);
  report_times("from the end of the output to the commit", times.commit_ms, report, most_commit_ms);
  report_times("from the cut of the batch to the commit", times.all_ms, report);
  if (!right)
    std::cerr << "WRONG RESULT: a batch has counts that it cannot have\n";
  return right;
}

measurement run_window(const options& how, std::size_t batch, const fs::path& checkpoint) {
  const auto programs = fs::canonical("/proc/self/exe").parent_path();
  auto command = "'" + (programs / "bench_keyed_window").string() + "' --threads " + std::to_string(how.threads)
                 + " --batch " + std::to_string(batch);
  if (!checkpoint.empty())
    command += " --checkpoint '" + checkpoint.string() + "'";
  return run_program(command, how.events);
}

bool measure_window(const options& how, cost_report& report) {
  auto batch = how.batch;
  if (batch == 0) {
    std::vector<double> rates;
    std::size_t guess = 1'000'000;
    for (int i = 0; i < 3; ++i) {
      const auto rate = run_window(how, guess, {}).records_per_second();
      guess = std::max<std::size_t>(static_cast<std::size_t>(rate * static_cast<double>(how.interval) / 1e3), 1'000);
    }
    batch = guess;
  }
  std::vector<double> without;
  std::vector<double> with;
  std::vector<double> ratios;
  bool right = true;
  for (std::size_t i = 0; i < how.pairs; ++i) {
    const scratch directory;
    const auto a = run_window(how, batch, {});
    const auto b = run_window(how, batch, directory.path() / "checkpoint");
    without.push_back(a.records_per_second() / 1e6);
    with.push_back(b.records_per_second() / 1e6);
    ratios.push_back(with.back() / without.back());
    right = right && a.result == b.result;
  }
  const auto ratio = median_of(ratios);
  std::printf("\nkeyed_window, %zu events a batch, M events/s, medians of %zu pairs in turn; %zu threads\n"
              "%-44s %8.1f\n%-44s %8.1f\n%-44s %8.2f   (target: at least %.1f)\n",
              batch, how.pairs, how.threads, "in memory", median_of(without), "with a checkpoint", median_of(with),
              "median of the ratios", ratio, least_ratio);
  report.add("keyed_window, events a batch", batch);
  report.add("keyed_window in memory, M events/s", median_of(without));
  report.add("keyed_window with a checkpoint, M events/s", median_of(with));
  report.add("keyed_window, ratios", ratios);
  report.add("keyed_window, in memory by with a checkpoint", 1 / ratio, 1 / least_ratio);
  if (!right)
    std::cerr << "WRONG RESULT: keyed_window has other results with a checkpoint\n";
  return right;
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  options how;
  CLI::App app{"Measures what a commit every 10 ms takes, and what it costs the keyed window job."};
  app.add_option("FILE", how.events, "The events of keyed_window")->required()->check(CLI::ExistingFile);
  app.add_option("--interval", how.interval, "Batch interval in ms")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--seconds", how.seconds, "How long commits are measured")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--keys", how.keys, "Keys that have a state; a multiple of --changed")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--changed", how.changed, "Keys that each batch changes")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--pairs", how.pairs, "How often keyed_window runs with a checkpoint and without")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--batch", how.batch, "Events of a batch of keyed_window (default: as many as it does in an interval)")
      ->check(CLI::PositiveNumber);
  app.add_option("--threads", how.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--json", how.json_file, "Write what it found to this file")->type_name("FILE");
  CLI11_PARSE(app, argc, argv);
  if (how.keys % how.changed != 0) {
    std::cerr << "error: --keys must be a multiple of --changed\n";
    return 2;
  }
  sluice::set_log_level("error"); // it warns that batches are late, where the disk is slow
  try {
    cost_report report{"commit_cadence"};
    const auto commits_right = measure_commits(how, report);
    const auto windows_right = measure_window(how, report);
    report.write(how.json_file);
    return commits_right && windows_right ? 0 : 1;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
