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
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

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
  std::string command; ///< without the text
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

/// Programs that count the same words in the same form with as many threads.
struct contest {
  std::string bench;
  std::size_t threads;
  std::string title;
  std::vector<contender> contenders; ///< good, limit, then what is measured against them
};

struct options {
  std::vector<std::string> names;
  std::size_t rounds = 5;
  std::size_t bytes = default_text_bytes;
  std::vector<std::size_t> threads{1, 2};
  std::string json_file;
};

std::vector<contest> all_contests(const fs::path& programs, const std::vector<std::size_t>& thread_counts) {
  const auto by_hand = (programs / "bench_hand_written").string();
  const auto engine = (programs / "bench_word_count").string();
  std::vector<contest> result;
  for (const auto& [bench, form, title] :
       {std::array<std::string, 3>{"word_count", "totals", "words of the whole text, through a receiver"},
        std::array<std::string, 3>{"word_count_batches", "batches", "words of each 100,000 lines, from a queue"}})
    for (const auto threads : thread_counts) {
      const auto program = [&](std::string command, const std::string& options) {
        command += options;
        command += " --form ";
        command += form;
        command += " --threads ";
        command += std::to_string(threads);
        return command;
      };
      result.push_back({bench,
                        threads,
                        title,
                        {{"good, by hand", author::good, program(by_hand, " --program good")},
                         {"limit, by hand", author::limit, program(by_hand, " --program limit")},
                         {"sluice", author::engine, program(engine, "")}}});
    }
  return result;
}

/// Benches that compare Sluice with itself: programs bench_NAME, each of which prints its own table.
const std::vector<std::string> cost_benches{"state_cost", "window_cost"};

/// Whether a bench is to be run. All are, where none is named.
bool is_wanted(const options& how, const std::string& bench) {
  return how.names.empty() || std::ranges::find(how.names, bench) != how.names.end();
}

/// Runs a program and reads what it measured. Throws std::runtime_error if it fails.
measurement run(const std::string& command, const fs::path& text) {
  const auto line = command + " '" + text.string() + "'";
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

/// The text, made once and kept for the next time.
fs::path provide_text(const fs::path& folder, std::size_t bytes) {
  const auto path = folder / ("words-" + std::to_string(bytes) + ".txt");
  if (fs::exists(path))
    return path;
  std::cerr << "writing " << path.string() << '\n';
  fs::create_directories(folder);
  const auto unfinished = fs::path{path}.concat(".new");
  write_word_text(unfinished, bytes);
  fs::rename(unfinished, path);
  return path;
}

/// Whether all runs of all contenders came to the same result; says so if not.
bool agree(const contest& x) {
  const auto& expected = x.contenders.front().runs.front().result;
  bool result = true;
  for (const auto& one : x.contenders)
    for (const auto& run : one.runs)
      if (run.result != expected) {
        std::cerr << "WRONG RESULT: " << one.command << ": " << run.result.words << " words, " << run.result.distinct
                  << " results, digest " << to_hex(run.result.sum) << "; expected " << expected.words << ", "
                  << expected.distinct << ", " << to_hex(expected.sum) << '\n';
        result = false;
      }
  return result;
}

void print(const contest& x) {
  const auto good = x.contenders[0].median();
  const auto limit = x.contenders[1].median();
  std::printf("\n%s: %s; %zu thread%s; %llu words, digest %s\n", x.bench.c_str(), x.title.c_str(), x.threads,
              x.threads == 1 ? "" : "s", static_cast<unsigned long long>(good.result.words),
              to_hex(good.result.sum).c_str());
  std::printf("%-16s %10s %9s %9s %8s %10s %9s %11s\n", "program", "M words/s", "of good", "of limit", "CPU s",
              "CPU/good", "peak MiB", "over good");
  for (const auto& one : x.contenders) {
    const auto m = one.median();
    std::printf("%-16s %10.1f %9.2f %9.2f %8.2f %10.2f %9.0f %+11.0f\n", one.name.c_str(), m.words_per_second() / 1e6,
                m.words_per_second() / good.words_per_second(), m.words_per_second() / limit.words_per_second(),
                m.cpu_seconds, m.cpu_seconds / good.cpu_seconds, m.peak_rss_mib, m.peak_rss_mib - good.peak_rss_mib);
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
  auto contests = all_contests(programs, how.threads);
  std::erase_if(contests, [&](const contest& x) { return !is_wanted(how, x.bench); });
  if (contests.empty())
    return run_cost_benches(programs, how) ? 0 : 1;
  const auto text = provide_text(programs.parent_path().parent_path() / "bench-data", how.bytes);
  for (std::size_t round = 1; round <= how.rounds; ++round) {
    std::cerr << "round " << round << " of " << how.rounds << '\n';
    for (auto& x : contests)
      for (auto& one : x.contenders)
        one.runs.push_back(run(one.command, text));
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
  CLI::App app{"Measures Sluice beside programs without an engine on the same work. Exit code 1 if a result is wrong."};
  app.add_option("NAME", how.names, "Which benches (default: all)")
      ->check(CLI::IsMember({"word_count", "word_count_batches", "state_cost", "window_cost"}));
  app.add_option("--rounds", how.rounds, "How often everything is run; medians are shown")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--bytes", how.bytes, "Size of the text")->check(CLI::PositiveNumber)->capture_default_str();
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
