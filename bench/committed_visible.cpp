// SPDX-License-Identifier: BSD-3-Clause
//
// How long a line takes from a socket to the file of an exactly-once output: the word count with a checkpoint
// directory, whose counts go into a directory of text files a batch (save_as_text_files). Each line begins with the
// time at which it was sent, a word like any other. The clock stops when the directory of its batch has got its name:
// then it is whole and on the disk. The files are read afterwards, and every line must be in them once.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include "cost_report.hpp"
#include "distribution.hpp"
#include "line_sender.hpp"
#include "median.hpp"
#include "renamed_directories.hpp"
#include "scratch.hpp"
#include "word_text.hpp"

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr double most_p99_ms = 25;

struct options {
  double rate = 0; ///< lines a second that stand for the full load; 0: measure them
  double load = 0.5;
  std::int64_t interval = 5;
  double seconds = 2;
  std::size_t rounds = 7;
  runtime_options how;
  std::string json_file;
};

/// How many lines are in committed batches.
class committed_lines : public streaming_listener {
public:
  void on_batch_completed(const batch_info& x) override { count += x.num_records(); }

  std::atomic<std::uint64_t> count = 0;
};

/// The program that is measured, with all that it needs and leaves behind.
struct word_count_run {
  word_count_run(const std::vector<std::string>& lines, duration interval, const options& how)
      : sender{lines}, context{interval, how.how} {
    fs::create_directory(out());
    context.checkpoint(directory.path() / "checkpoint");
    context.add_streaming_listener(committed);
    context.socket_text_stream("127.0.0.1", sender.port())
        .flat_map(split(' '))
        .map([](std::string_view w) { return std::pair{w, 1}; })
        .reduce_by_key(std::plus<>{})
        .save_as_text_files((out() / "counts").string());
    context.start();
  }

  fs::path out() const { return directory.path() / "out"; }

  /// Once all that was sent is committed. Throws if that does not happen.
  void stop() {
    sender.set_rate(0);
    const auto end = clock::now() + 30s;
    for (auto before = sender.sent() + 1; committed->count != sender.sent() || before != sender.sent();) {
      if (clock::now() > end)
        throw std::runtime_error{"not all lines are committed: " + std::to_string(committed->count) + " of "
                                 + std::to_string(sender.sent())};
      before = sender.sent();
      std::this_thread::sleep_for(20ms);
    }
    context.stop(stop_mode::graceful);
    context.await_termination();
  }

  const scratch directory;
  const std::shared_ptr<committed_lines> committed = std::make_shared<committed_lines>();
  line_sender sender;
  streaming_context context;
};

/// The program's throughput with its socket kept full, in lines a second: what is committed in a second.
double full_load(const std::vector<std::string>& lines, const options& how) {
  word_count_run program{lines, 100ms, how};
  program.sender.set_rate(line_sender::no_limit);
  std::this_thread::sleep_for(500ms);
  const auto before = program.committed->count.load();
  const auto start = clock::now();
  std::this_thread::sleep_for(1500ms);
  const auto result = static_cast<double>(program.committed->count - before)
                      / std::chrono::duration<double>{clock::now() - start}.count();
  program.context.stop(stop_mode::immediate);
  return result;
}

/// What one round has found.
struct round_result {
  double sent = 0; ///< M lines/s
  distribution ms;
  bool right = false;
};

/// Adds the lines of one part file: each "(word,count)" whose word is a time. Returns how many lines they stand for.
std::uint64_t add_part(const fs::path& file, std::uint64_t at, std::uint64_t from, std::uint64_t until,
                       distribution& ms) {
  std::uint64_t lines = 0;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("(@"))
      continue;
    const auto comma = line.find(',');
    const auto count = std::stoull(line.substr(comma + 1));
    const auto sent = time_in(std::string_view{line}.substr(1, comma - 1));
    lines += count;
    if (sent >= from && sent < until)
      ms.add(static_cast<double>(at - sent) / 1e6, count);
  }
  return lines;
}

round_result measure(const std::vector<std::string>& lines, double rate, const options& how) {
  word_count_run program{lines, duration{how.interval}, how};
  renamed_directories watch{program.out()};
  program.sender.set_rate(rate);
  std::this_thread::sleep_for(500ms);
  const auto sent = program.sender.sent();
  const auto from = nanoseconds_now();
  std::this_thread::sleep_for(std::chrono::duration<double>{how.seconds});
  const auto until = nanoseconds_now();
  const auto sent_then = program.sender.sent() - sent;
  program.stop();
  round_result result;
  result.sent = static_cast<double>(sent_then) / static_cast<double>(until - from) * 1e3;
  std::uint64_t seen = 0;
  for (const auto& [name, at] : watch.finish())
    for (const auto& part : fs::directory_iterator{program.out() / name})
      seen += add_part(part.path(), at, from, until, result.ms);
  // If the socket was full all of the time, whoever waited there waited as long at least.
  if (result.ms.count() == 0)
    result.ms.add(static_cast<double>(until - from) / 1e6);
  result.right = seen == program.sender.sent();
  if (!result.right)
    std::cerr << "WRONG RESULT: " << program.sender.sent() << " lines were sent, and " << seen << " are in the files\n";
  return result;
}

/// Round by round, as what else the machine does takes turns in minutes. Returns whether all is right.
bool measure_rounds(const std::vector<std::string>& lines, const std::string& name, const options& how,
                    cost_report& report) {
  std::vector<double> rates;
  std::vector<double> sent;
  std::vector<double> p50;
  std::vector<double> p99;
  distribution all;
  bool right = true;
  for (std::size_t round = 0; round < how.rounds; ++round) {
    rates.push_back(how.rate != 0 ? how.rate : full_load(lines, how));
    auto found = measure(lines, how.load * rates.back(), how);
    sent.push_back(found.sent);
    p50.push_back(found.ms.quantile(0.5));
    p99.push_back(found.ms.quantile(0.99));
    all.add_all(found.ms);
    right = right && found.right;
  }
  const auto add = [&](int width, int digits, const char* what, double value, std::optional<double> most = {}) {
    std::printf(" %*.*f", width, digits, value);
    report.add(name + ", " + what, value, most);
  };
  std::printf("%-26s", name.c_str());
  add(10, 3, "full load, M lines/s", median_of(rates) / 1e6);
  add(10, 3, "M lines sent/s", median_of(sent));
  add(8, 2, "p50 ms", median_of(p50));
  add(8, 2, "p99 ms", median_of(p99), most_p99_ms);
  add(8, 2, "p99 of all rounds, ms", all.quantile(0.99));
  add(8, 2, "most ms", all.quantile(1));
  const auto keeps_up = median_of(sent) * 1e6 > 0.9 * how.load * median_of(rates);
  std::printf("   (target: p99 at most %.0f)%s\n", most_p99_ms, keeps_up ? "" : " it does not keep up with this load");
  std::fflush(stdout);
  return right;
}

bool run(options how, cost_report& report) {
  const auto lines = word_lines(100'000);
  std::printf("\ncommitted_visible: from the socket to the renamed directory of the batch's files, ms; word count,\n"
              "batches of %lld ms, %.0f %% load, checkpoint directory; %zu threads, medians of %zu rounds, in %s\n",
              static_cast<long long>(how.interval), how.load * 100, how.how.threads, how.rounds,
              fs::temp_directory_path().c_str());
  std::printf("%-26s %10s %10s %8s %8s %8s %8s\n", "", "M full/s", "M sent/s", "p50", "p99", "all p99", "most");
  std::fflush(stdout);
  how.how.write_ahead_log = true;
  const auto logged = measure_rounds(lines, "with the write-ahead log", how, report);
  how.how.write_ahead_log = false;
  const auto plain = measure_rounds(lines, "without", how, report);
  return logged && plain;
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  options how;
  how.how.threads = 2;
  CLI::App app{"Measures how long a line takes from a socket to a file of an exactly-once output."};
  app.add_option("--rate", how.rate,
                 "Lines a second that are the full load (default: measured in each round, with "
                 "batches of 100 ms)")
      ->check(CLI::PositiveNumber);
  app.add_option("--load", how.load, "Share of the full load")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--interval", how.interval, "Batch interval in ms")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--seconds", how.seconds, "How long each round is measured")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--rounds", how.rounds, "How often; medians are shown")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--threads", how.how.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--json", how.json_file, "Write what it found to this file")->type_name("FILE");
  CLI11_PARSE(app, argc, argv);
  sluice::set_log_level("error"); // it warns that batches are late, and at full load they are meant to be
  try {
    cost_report report{"committed_visible"};
    const auto right = run(how, report);
    report.write(how.json_file);
    return right ? 0 : 1;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
