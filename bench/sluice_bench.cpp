// SPDX-License-Identifier: BSD-3-Clause
//
// Runs the benches: each program in a process of its own, all of them in turn, round after round, so that whatever else
// the machine does meets all of them alike; prints the median of each beside the programs without an engine.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "contest.hpp"
#include "workloads.hpp"

namespace sluice::bench {

namespace {

namespace fs = std::filesystem;

const std::string memory_growth = "memory_growth";
const std::string commit_cadence = "commit_cadence";
const std::string word_count_logged = "word_count_logged";

/// Benches that compare Sluice with itself: programs bench_NAME, each of which prints its own table.
const std::vector<std::string> cost_benches{"latency",       "block_log",     "state_cost",        "window_cost",
                                            "compile_time",  "memory_budget", memory_growth,       "restart_time",
                                            "recovery_time", commit_cadence,  "committed_visible", word_count_logged};

std::string cost_bench_arguments(const std::string& bench, const fs::path& programs, const options& how) {
  const auto input = [&](const char* name) { return " '" + provide(name, programs, how).string() + "'"; };
  if (bench == memory_growth)
    return " --minutes " + std::to_string(how.minutes) + input("text");
  if (bench == commit_cadence)
    return input("events");
  return bench == word_count_logged ? input("text") : "";
}

/// Runs a program that prints its own table, and adds what it found to `all`. Returns whether all is well.
bool run_cost_bench(const fs::path& program, const std::string& arguments, nlohmann::json& all) {
  const auto found = fs::path{program}.concat(".json");
  fs::remove(found);
  const auto command = "'" + program.string() + "' --json '" + found.string() + "'" + arguments;
  const auto good = std::system(command.c_str()) == 0;
  if (auto file = std::ifstream{found})
    all.push_back(nlohmann::json::parse(file));
  fs::remove(found);
  return good;
}

/// Runs those of `cost_benches` that are wanted, and adds what they found to `all`. Returns whether all is well.
bool run_cost_benches(const fs::path& programs, const options& how, nlohmann::json& all) {
  bool good = true;
  for (const auto& bench : cost_benches)
    if (how.wants(bench))
      good = run_cost_bench(programs / ("bench_" + bench), cost_bench_arguments(bench, programs, how), all) && good;
  return good;
}

/// Prints tables. Returns whether all results are right.
bool print_all(std::span<const contest> all) {
  bool good = true;
  while (!all.empty()) {
    const auto& first = all.front();
    const auto is_other = [&first](const contest& x) {
      return x.variant.empty() || x.bench != first.bench || x.threads != first.threads;
    };
    const auto end = std::find_if(all.begin() + 1, all.end(), is_other);
    const auto variants = all.first(static_cast<std::size_t>(end - all.begin()));
    print(variants);
    for (const auto& x : variants)
      good = agree(x) && good;
    all = all.subspan(variants.size());
  }
  return good;
}

int run_all(const fs::path& programs, const options& how) {
  auto contests = make_contests(programs, how);
  for (std::size_t round = 1; round <= how.rounds && !contests.empty(); ++round) {
    std::cerr << "round " << round << " of " << how.rounds << '\n';
    for (auto& x : contests)
      run_round(x);
  }
  auto good = print_all(contests);
  nlohmann::json all = nlohmann::json::array();
  for (const auto& x : contests)
    all.push_back(describe(x));
  good = run_cost_benches(programs, how, all) && good;
  if (!how.json_file.empty() && !(std::ofstream{how.json_file} << all.dump(2) << '\n' << std::flush))
    throw std::runtime_error{"cannot write " + how.json_file};
  return good ? 0 : 1;
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::options how;
  auto names = sluice::bench::workload_names();
  names.insert(names.end(), sluice::bench::cost_benches.begin(), sluice::bench::cost_benches.end());
  CLI::App app{"Measures Sluice beside programs without an engine on the same work. Exit code 1 if a result is wrong."};
  app.add_option("NAME", how.names, "Which benches (default: all)")->check(CLI::IsMember(names));
  app.add_option("--rounds", how.rounds, "How often everything is run; medians are shown")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--bytes", how.bytes, "Size of the text")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--events", how.events, "Events of keyed_window")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--nexmark-events", how.nexmark_events, "Events of nexmark_q1 to q8")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--scaling-events", how.scaling_events, "Events of scaling")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", how.threads, "Worker threads to measure with")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--minutes", how.minutes, "How long memory_growth runs")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--json", how.json_file, "Write every run and figure to this file")->type_name("FILE");
  CLI11_PARSE(app, argc, argv);
  try {
    return sluice::bench::run_all(std::filesystem::canonical("/proc/self/exe").parent_path(), how);
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
