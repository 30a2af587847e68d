// SPDX-License-Identifier: BSD-3-Clause
//
// How long a program with a large state takes from the start of its process to its first committed batch, after an
// earlier process was killed (SIGKILL) in the middle of its work. The program, `recovery_job`, is a process of its own.
// The last one checks that every record counts exactly once.
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "child_process.hpp"
#include "cost_report.hpp"
#include "distribution.hpp"
#include "random.hpp"
#include "recovery_job.hpp"
#include "scratch.hpp"

namespace sluice::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr double target_ms = 1000;

struct options {
  std::size_t runs = 20;
  recovery_run job;
  std::string child; ///< the role of this process; empty: it starts the others
  std::string json_file;
};

const std::vector<std::pair<std::string, recovery_role>> roles{
    {"fill", recovery_role::fill}, {"go_on", recovery_role::go_on}, {"check", recovery_role::check}};

std::vector<std::string> arguments_of(recovery_run how, const std::string& role, std::uint64_t number) {
  return {"--child",    role,
          "--at",       how.directory.string(),
          "--number",   std::to_string(number),
          "--keys",     std::to_string(how.keys),
          "--rate",     std::to_string(how.rate),
          "--interval", std::to_string(how.interval.count()),
          "--threads",  std::to_string(how.threads)};
}

/// The parts of a recovery, in ms.
struct parts {
  distribution begun;  ///< until main
  distribution opened; ///< the directory is opened, and its pages checked
  distribution loaded; ///< the state is in the operators
  distribution batch;  ///< from there to the commit of the first batch
  distribution all;
};

/// Starts the job, and adds how long it takes until its first commit. It is killed a while after that.
void recover_once(const options& how, std::uint64_t number, random_numbers& random, parts& to) {
  auto last = clock::now();
  const auto start = last;
  const auto lap = [&last] {
    const auto now = clock::now();
    return std::chrono::duration<double, std::milli>{now - std::exchange(last, now)}.count();
  };
  child_process job{arguments_of(how.job, "go_on", number), recovery_news::begun};
  to.begun.add(lap());
  job.wait_until_said(recovery_news::opened);
  to.opened.add(lap());
  job.wait_until_said(recovery_news::loaded);
  to.loaded.add(lap());
  job.wait_until_said(recovery_news::committed);
  to.batch.add(lap());
  to.all.add(std::chrono::duration<double, std::milli>{last - start}.count());
  std::this_thread::sleep_for(std::chrono::milliseconds{50 + random.below(400)});
}

void report_part(const std::string& name, distribution& ms, cost_report& report, std::optional<double> most = {}) {
  std::printf("%-44s %8.1f %8.1f %8.1f", name.c_str(), ms.quantile(0.5), ms.quantile(0.99), ms.quantile(1));
  if (most)
    std::printf("   (target: p99 at most %.0f)", *most);
  std::printf("\n");
  report.add(name + ", p50 ms", ms.quantile(0.5));
  report.add(name + ", p99 ms", ms.quantile(0.99), most);
  report.add(name + ", most ms", ms.quantile(1));
}

void run(options how, cost_report& report) {
  const scratch directory;
  how.job.directory = directory.path();
  std::printf("\nrecovery_time: from the start of a process to its first commit, after kill -9, %zu times;\n"
              "%llu keys with a state of 16 bytes, batches of %lld ms, write-ahead log, %zu threads, in %s\n",
              how.runs, static_cast<unsigned long long>(how.job.keys), static_cast<long long>(how.job.interval.count()),
              how.job.threads, directory.path().parent_path().c_str());
  std::fflush(stdout);
  {
    child_process job{arguments_of(how.job, "fill", 0), recovery_news::filled};
  }
  random_numbers random{3};
  parts all;
  for (std::size_t i = 1; i <= how.runs; ++i)
    recover_once(how, i, random, all);
  {
    child_process job{arguments_of(how.job, "check", how.runs + 1), recovery_news::right};
  }
  std::printf("%-44s %8s %8s %8s\n", "ms", "p50", "p99", "most");
  report_part("until main", all.begun, report);
  report_part("the directory opened, its pages checked", all.opened, report);
  report_part("state loaded", all.loaded, report);
  report_part("first batch committed", all.batch, report);
  report_part("all of it", all.all, report, target_ms);
  std::printf("every record that was in the log counts exactly once, and none that was not counts twice\n");
}

int run_child(options how) {
  for (const auto& [name, role] : roles)
    if (name == how.child)
      how.job.role = role;
  run_recovery_job(how.job);
  return 0;
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  options how;
  std::int64_t interval = how.job.interval.count();
  std::string at;
  CLI::App app{"Measures how long a program takes from its start to its first commit after it was killed."};
  app.add_option("--runs", how.runs, "How often it is killed and started again")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--keys", how.job.keys, "Keys in its state")->check(CLI::Range(1, 99'999'999))->capture_default_str();
  app.add_option("--rate", how.job.rate, "Records a second while it runs")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--interval", interval, "Batch interval in ms")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--threads", how.job.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--json", how.json_file, "Write what it found to this file")->type_name("FILE");
  app.add_option("--child", how.child, "Be the job, in this role")->group("");
  app.add_option("--at", at, "The job's directory")->group("");
  app.add_option("--number", how.job.number, "The job's run")->group("");
  CLI11_PARSE(app, argc, argv);
  how.job.interval = sluice::duration{interval};
  how.job.directory = at;
  try {
    if (!how.child.empty())
      return run_child(how);
    cost_report report{"recovery_time"};
    run(how, report);
    report.write(how.json_file);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
