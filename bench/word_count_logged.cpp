// SPDX-License-Identifier: BSD-3-Clause
//
// What the write-ahead log leaves of a program's speed: the word count of a whole text through a receiver
// (word_count.cpp, --form totals) with the log, beside the same without it, and beside a loop that appends as many
// bytes to a file and syncs it as often as the log does. It cannot be faster than the slower of the two. All three in
// turn.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cost_report.hpp"
#include "mapped_file.hpp"
#include "median.hpp"
#include "run_program.hpp"
#include "scratch.hpp"
#include "synced_file.hpp"

namespace sluice::bench {

namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr double least_ratio = 0.8;
constexpr std::size_t block_bytes = std::size_t{256} << 10; ///< of the log
constexpr std::size_t blocks_a_sync = 16;

struct options {
  std::string text; ///< the file
  std::size_t rounds = 7;
  std::size_t threads = 2;
  std::string json_file;
};

/// Writes the text to the disk as the log does, and returns what it took.
double disk_seconds(std::string_view text) {
  const scratch directory;
  synced_file file{directory.path() / "file"};
  auto rest = std::as_bytes(std::span{text});
  const auto start = clock::now();
  for (std::size_t block = 1; !rest.empty(); ++block) {
    const auto size = std::min(block_bytes, rest.size());
    file.append(rest.first(size));
    rest = rest.subspan(size);
    if (block % blocks_a_sync == 0 || rest.empty())
      file.sync();
  }
  return std::chrono::duration<double>{clock::now() - start}.count();
}

measurement count_words(const options& how, bool is_logged) {
  const scratch directory;
  const auto programs = fs::canonical("/proc/self/exe").parent_path();
  auto command =
      "'" + (programs / "bench_word_count").string() + "' --form totals --threads " + std::to_string(how.threads);
  if (is_logged)
    command += " --write-ahead-log --checkpoint '" + (directory.path() / "checkpoint").string() + "'";
  return run_program(command, how.text);
}

/// Returns whether the words are the same with the log and without.
bool run(const options& how, cost_report& report) {
  const mapped_file text{how.text};
  const auto megabytes = static_cast<double>(text.text().size()) / 1e6;
  std::vector<double> disk;
  std::vector<double> plain;
  std::vector<double> logged;
  std::vector<double> ratios;
  bool right = true;
  for (std::size_t i = 0; i < how.rounds; ++i) {
    disk.push_back(megabytes / disk_seconds(text.text()));
    const auto without = count_words(how, false);
    const auto with = count_words(how, true);
    plain.push_back(megabytes / without.wall_seconds);
    logged.push_back(megabytes / with.wall_seconds);
    ratios.push_back(logged.back() / std::min(disk.back(), plain.back()));
    right = right && without.result == with.result;
  }
  const auto ratio = median_of(ratios);
  std::printf("\nword_count_logged: words of a text of %.0f MB through a receiver; %zu threads, medians of %zu rounds, "
              "in %s\n%-44s %10s\n",
              megabytes, how.threads, how.rounds, fs::temp_directory_path().c_str(), "", "MB/s");
  const auto show = [&report](const std::string& name, std::vector<double> values) {
    const auto median = median_of(std::move(values));
    std::printf("%-44s %10.0f\n", name.c_str(), median);
    report.add(name + ", MB/s", median);
  };
  show("the disk alone, a sync every 4 MiB", disk);
  show("word_count without the log", plain);
  show("word_count with the log", logged);
  std::printf("%-44s %10.2f   (target: at least %.1f)\n", "of the slower of the two, median", ratio, least_ratio);
  report.add("ratios to the slower of disk and word_count", ratios);
  report.add("the slower of the two by word_count with the log", 1 / ratio, 1 / least_ratio);
  if (!right)
    std::cerr << "WRONG RESULT: other words are counted with the log\n";
  return right;
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  options how;
  CLI::App app{"Measures the word count with the write-ahead log beside the disk and beside the same without it."};
  app.add_option("FILE", how.text, "The text")->required()->check(CLI::ExistingFile);
  app.add_option("--rounds", how.rounds, "How often; medians are shown")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--threads", how.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--json", how.json_file, "Write what it found to this file")->type_name("FILE");
  CLI11_PARSE(app, argc, argv);
  try {
    cost_report report{"word_count_logged"};
    const auto right = run(how, report);
    report.write(how.json_file);
    return right ? 0 : 1;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
