// SPDX-License-Identifier: BSD-3-Clause
//
// Runs the benches: each program in a process of its own, all of them in turn, round after round, so that whatever else
// the machine does meets all of them alike; prints the median of each beside the programs without an engine.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "event_data.hpp"
#include "measurement.hpp"
#include "word_text.hpp"

namespace sluice::bench {

namespace {

namespace fs = std::filesystem;

enum class author { good, limit, engine };

/// One line of the table.
struct contender {
  std::string name;
  author by = author::engine;
  std::string command; ///< without the input
  std::vector<measurement> runs = {};

  /// Half of the runs are faster, half are slower; the same for what they used.
  measurement median() const {
    const auto middle = [this](double measurement::* member) {
      std::vector<double> values;
      for (const auto& run : runs)
        values.push_back(run.*member);
      std::ranges::sort(values);
      return values[values.size() / 2];
    };
    return {middle(&measurement::wall_seconds), middle(&measurement::cpu_seconds), middle(&measurement::peak_rss_mib),
            runs.front().result};
  }
};

/// Programs that do the same work with as many threads.
struct contest {
  std::string bench;
  std::size_t threads;
  std::string title;
  std::string unit; ///< what the records are
  fs::path input;
  std::vector<contender> contenders; ///< by hand, the limit last of them, then what is measured against it
};

struct options {
  std::vector<std::string> names;
  std::size_t rounds = 5;
  std::size_t bytes = default_text_bytes;
  std::size_t events = 50'000'000;
  std::size_t nexmark_events = 20'000'000;
  std::vector<std::size_t> threads{1, 2};
  std::string json_file;
};

/// What a contest is, whatever the number of threads.
struct workload {
  std::string bench;
  std::string title;
  std::string unit;
  std::string input; ///< its name
  std::string good;  ///< the program that does it by hand, or none
  std::string limit;
  std::string engine; ///< command
};

const std::vector<workload> workloads{
    {"word_count", "words of the whole text, through a receiver", "words", "text", "good_totals", "limit_totals",
     "bench_word_count --form totals"},
    {"word_count_batches", "words of each 100,000 lines, from a queue", "words", "text", "good_batches",
     "limit_batches", "bench_word_count --form batches"},
    {"keyed_window", "sum and count a key in 10 s by 1 s, from a queue", "events", "events", "", "limit_windows",
     "bench_keyed_window"},
    {"nexmark_q1", "bids in euros, from a queue", "events", "nexmark", "", "limit_q1", "bench_nexmark --query q1"},
    {"nexmark_q2", "bids for some auctions, from a queue", "events", "nexmark", "", "limit_q2",
     "bench_nexmark --query q2"},
    {"nexmark_q5", "auctions with the most bids in 10 s by 2 s, from a queue", "events", "nexmark", "", "limit_q5",
     "bench_nexmark --query q5"},
    {"nexmark_q8", "people who register and sell in 10 s, from a queue", "events", "nexmark", "", "limit_q8",
     "bench_nexmark --query q8"},
};

/// Benches that compare Sluice with itself: programs bench_NAME, each of which prints its own table.
const std::vector<std::string> cost_benches{"latency", "state_cost", "window_cost", "compile_time"};

/// Whether a bench is to be run. All are, where none is named.
bool is_wanted(const options& how, const std::string& bench) {
  return how.names.empty() || std::ranges::find(how.names, bench) != how.names.end();
}

/// Runs a program and reads what it measured. Throws std::runtime_error if it fails.
measurement run(const std::string& command, const fs::path& input) {
  const auto line = command + " '" + input.string() + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe{popen(line.c_str(), "r"), pclose};
  if (!pipe)
    throw std::runtime_error{"cannot run " + line};
  std::string output;
  std::array<char, 1024> part;
  while (std::fgets(part.data(), part.size(), pipe.get()) != nullptr)
    output += part.data();
  try {
    return from_json(output);
  } catch (const std::exception& e) {
    throw std::runtime_error{line + ": " + e.what()};
  }
}

/// An input, made once and kept for the next time.
fs::path provide(const std::string& input, const fs::path& folder, const options& how) {
  const auto size = input == "text" ? how.bytes : input == "events" ? how.events : how.nexmark_events;
  const auto path = folder / (input + "-" + std::to_string(size));
  if (fs::exists(path))
    return path;
  std::cerr << "writing " << path.string() << '\n';
  fs::create_directories(folder);
  const auto unfinished = fs::path{path}.concat(".new");
  (input == "text" ? write_word_text : input == "events" ? write_events : write_nexmark_events)(unfinished, size);
  fs::rename(unfinished, path);
  return path;
}

std::vector<contest> wanted_contests(const fs::path& programs, const options& how) {
  const auto data = programs.parent_path().parent_path() / "bench-data";
  std::vector<contest> result;
  for (const auto& x : workloads) {
    if (!is_wanted(how, x.bench))
      continue;
    const auto input = provide(x.input, data, how);
    for (const auto threads : how.threads) {
      const auto with_threads = [&](std::string command) {
        command += " --threads ";
        command += std::to_string(threads);
        return command;
      };
      const auto by_hand = [&](const std::string& program) {
        return with_threads((programs / "bench_hand_written --program ").string() + program);
      };
      std::vector<contender> contenders;
      if (!x.good.empty())
        contenders.push_back({"good, by hand", author::good, by_hand(x.good)});
      contenders.push_back({"limit, by hand", author::limit, by_hand(x.limit)});
      contenders.push_back({"sluice", author::engine, with_threads((programs / x.engine).string())});
      result.push_back({x.bench, threads, x.title, x.unit, input, std::move(contenders)});
    }
  }
  return result;
}

/// Whether all runs of all contenders came to the same result; says so if not.
bool agree(const contest& x) {
  const auto& expected = x.contenders.front().runs.front().result;
  bool result = true;
  for (const auto& one : x.contenders)
    for (const auto& run : one.runs)
      if (run.result != expected) {
        std::cerr << "WRONG RESULT: " << one.command << ": " << run.result.records << ' ' << x.unit << ", "
                  << run.result.results << " results, digest " << to_hex(run.result.sum) << "; expected "
                  << expected.records << ", " << expected.results << ", " << to_hex(expected.sum) << '\n';
        result = false;
      }
  return result;
}

void print(const contest& x) {
  const auto of = [&x](author who) {
    const auto found = std::ranges::find(x.contenders, who, &contender::by);
    return found == x.contenders.end() ? std::optional<measurement>{} : found->median();
  };
  const auto good = of(author::good);
  const auto limit = *of(author::limit);
  std::printf("\n%s: %s; %zu thread%s; %llu %s, digest %s\n", x.bench.c_str(), x.title.c_str(), x.threads,
              x.threads == 1 ? "" : "s", static_cast<unsigned long long>(limit.result.records), x.unit.c_str(),
              to_hex(limit.result.sum).c_str());
  std::printf("%-16s %12s %9s %9s %8s %10s %11s\n", "program", ("M " + x.unit + "/s").c_str(), "of good", "of limit",
              "CPU s", "peak MiB", "over limit");
  for (const auto& one : x.contenders) {
    const auto m = one.median();
    std::printf("%-16s %12.1f ", one.name.c_str(), m.records_per_second() / 1e6);
    if (good)
      std::printf("%9.2f", m.records_per_second() / good->records_per_second());
    else
      std::printf("%9s", "");
    std::printf(" %9.2f %8.2f %10.0f %+11.0f\n", m.records_per_second() / limit.records_per_second(), m.cpu_seconds,
                m.peak_rss_mib, m.peak_rss_mib - limit.peak_rss_mib);
  }
  std::fflush(stdout);
}

nlohmann::json describe(const contest& x) {
  nlohmann::json result{{"bench", x.bench}, {"threads", x.threads}, {"programs", nlohmann::json::array()}};
  for (const auto& one : x.contenders) {
    nlohmann::json runs = nlohmann::json::array();
    for (const auto& run : one.runs)
      runs.push_back(nlohmann::json::parse(to_json(run)));
    result["programs"].push_back(
        {{"name", one.name}, {"median", nlohmann::json::parse(to_json(one.median()))}, {"runs", std::move(runs)}});
  }
  return result;
}

/// Runs those of `cost_benches` that are wanted. Returns whether all have run to their end.
bool run_cost_benches(const fs::path& programs, const options& how) {
  bool good = true;
  for (const auto& bench : cost_benches)
    if (is_wanted(how, bench))
      good = std::system(("'" + (programs / ("bench_" + bench)).string() + "'").c_str()) == 0 && good;
  return good;
}

int run_all(const fs::path& programs, const options& how) {
  auto contests = wanted_contests(programs, how);
  for (std::size_t round = 1; round <= how.rounds && !contests.empty(); ++round) {
    std::cerr << "round " << round << " of " << how.rounds << '\n';
    for (auto& x : contests)
      for (auto& one : x.contenders)
        one.runs.push_back(run(one.command, x.input));
  }
  bool good = true;
  nlohmann::json all = nlohmann::json::array();
  for (const auto& x : contests) {
    print(x);
    good = agree(x) && good;
    all.push_back(describe(x));
  }
  good = run_cost_benches(programs, how) && good;
  if (!how.json_file.empty() && !(std::ofstream{how.json_file} << all.dump(2) << '\n' << std::flush))
    throw std::runtime_error{"cannot write " + how.json_file};
  return good ? 0 : 1;
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::options how;
  auto names = sluice::bench::cost_benches;
  for (const auto& x : sluice::bench::workloads)
    names.push_back(x.bench);
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
  app.add_option("--threads", how.threads, "Worker threads to measure with")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--json", how.json_file, "Write every run to this file")->type_name("FILE");
  CLI11_PARSE(app, argc, argv);
  try {
    return sluice::bench::run_all(std::filesystem::canonical("/proc/self/exe").parent_path(), how);
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
