// SPDX-License-Identifier: BSD-3-Clause
//
// Whether a program that could take any amount of memory stays within its budget, loses nothing, and stops in time.
// Each run is a process of its own, which says at its end what its resident memory has been at most.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <numeric>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include "cost_report.hpp"
#include "scratch.hpp"

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

struct options {
  std::string child; ///< the run that this process is; empty: it starts them
  std::string directory = "build/memory_budget";
  double seconds = 60;
  std::uint64_t directory_mib = std::uint64_t{10} * 1024;
  std::uint64_t budget_mib = 256;
  double most_above_budget_mib = 64;
  double most_growth_mib = 16; ///< by as much the memory of the batches in flight differs
  std::vector<std::string> names;
  std::string json_file;
};

/// What a run has found.
struct result {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  double stop_seconds = 0;
  double peak_mib = 0;
  std::optional<double> growth_mib = {}; ///< of an overload, as is what follows
  double files_mib = 0;                  ///< the most of its memory that was pages of files, such as the log's
};

constexpr std::size_t line_bytes = 100;
constexpr std::size_t copies = 200;

/// A line of `line_bytes` bytes without its end.
std::string numbered_line(std::uint64_t n) {
  auto result = "line " + std::to_string(n) + ' ';
  while (result.size() < line_bytes)
    result += static_cast<char>('a' + (n + result.size()) % 26);
  return result;
}

/// Stores lines as fast as it may, and counts them.
class flood : public receiver<std::string_view> {
public:
  explicit flood(std::shared_ptr<std::atomic<std::uint64_t>> stored) : stored_{std::move(stored)} {}

protected:
  void on_start() override {
    thread_ = std::thread{[this] { run(); }};
  }
  void on_stop() override { thread_.join(); }

private:
  void run() {
    std::array<std::string, 64> lines;
    for (std::uint64_t n = 0; !is_stopped();) {
      for (auto& line : lines)
        line = numbered_line(n++);
      store(lines);
      *stored_ += lines.size();
    }
  }

  std::shared_ptr<std::atomic<std::uint64_t>> stored_;
  std::thread thread_;
};

/// A number of MiB that the system has of this process: "VmHWM", the most memory that it has had, or "VmRSS", what it
/// has now.
double memory_mib(const std::string& name) {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;)
    if (word == name + ':') {
      double kib = 0;
      status >> kib;
      return kib / 1024;
    }
  return 0;
}

double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

/// Runs what has been composed until `is_over` or for the time given, and stops gracefully.
template <class IsOver>
double run_and_stop(streaming_context& context, IsOver is_over) {
  context.start();
  while (!is_over())
    if (context.await_termination_or_timeout(50ms))
      throw std::runtime_error{"it has stopped by itself"};
  const auto start = clock::now();
  context.stop(stop_mode::graceful);
  context.await_termination();
  return seconds_since(start);
}

runtime_options runtime_of(const options& how) {
  runtime_options result;
  result.byte_budget = how.budget_mib * mib;
  return result;
}

auto for_seconds(double seconds) {
  return [seconds, start = clock::now()] { return seconds_since(start) >= seconds; };
}

/// A directory of text that is larger than memory may be, there before the start.
result run_directory(const options& how) {
  const auto files = how.directory_mib / 64;
  const fs::path folder{how.directory};
  fs::remove_all(folder);
  fs::create_directories(folder / "in");
  const auto lines_a_file = 64 * mib / (line_bytes + 1);
  {
    std::ofstream file{folder / "text"};
    for (std::uint64_t n = 0; n < lines_a_file; ++n)
      file << numbered_line(n) << '\n';
  }
  for (std::uint64_t i = 0; i < files; ++i) // one file under many names: the disk need not hold them all
    fs::create_hard_link(folder / "text", folder / "in" / ("part-" + std::to_string(i)));
  result found;
  found.in = files * lines_a_file;
  std::atomic<std::uint64_t> out = 0;
  {
    streaming_context context{100ms, runtime_of(how)};
    context.text_file_stream(folder / "in", {.new_files_only = false})
        .foreach_rdd([&out](const rdd<std::string_view>& lines) { out += lines.count(); });
    found.stop_seconds = run_and_stop(context, [&] { return out >= found.in; });
  }
  found.out = out;
  fs::remove_all(folder);
  return found;
}

/// What `consume` counts in `out` of a flood of lines.
template <class Consume>
result run_flood(const options& how, duration interval, Consume consume) {
  const auto stored = std::make_shared<std::atomic<std::uint64_t>>(0);
  std::atomic<std::uint64_t> out = 0;
  result found;
  {
    streaming_context context{interval, runtime_of(how)};
    consume(context.receiver_stream<flood>(stored), out);
    found.stop_seconds = run_and_stop(context, for_seconds(how.seconds));
  }
  found.in = *stored;
  found.out = out;
  return found;
}

std::vector<std::pair<std::uint32_t, std::string_view>> many_of(std::string_view line) {
  constexpr std::size_t size = 20;
  std::vector<std::pair<std::uint32_t, std::string_view>> many;
  many.reserve(copies);
  for (std::uint32_t i = 0; i < copies; ++i)
    many.emplace_back(static_cast<std::uint32_t>(line[8]) << 16 | i, line.substr(i % (line_bytes - size), size));
  return many;
}

/// 200 values of each line, grouped by key.
result run_flat_map(const options& how) {
  auto found = run_flood(how, 1s, [](const dstream<std::string_view>& lines, std::atomic<std::uint64_t>& out) {
    lines.flat_map(many_of).group_by_key().foreach_rdd(
        [&out](const auto& groups) { groups.for_each([&out](const auto& group) { out += group.second.size(); }); });
  });
  found.out /= copies;
  return found;
}

/// An output that takes longer than an interval and keeps the datasets of the last batches.
result run_slow_output(const options& how) {
  const auto kept = std::make_shared<std::deque<rdd<std::string_view>>>();
  return run_flood(how, 500ms, [kept](const dstream<std::string_view>& lines, std::atomic<std::uint64_t>& out) {
    lines.map([](std::string_view line) { return line; })
        .foreach_rdd([&out, kept](const rdd<std::string_view>& records) {
          constexpr std::size_t batches = 3;
          kept->push_back(records);
          if (kept->size() > batches)
            kept->pop_front();
          std::this_thread::sleep_for(1s);
          out += records.count();
        });
  });
}

/// Offers lines at a rate, and counts those that it could store. It waits while it must.
class pressing_source : public receiver<std::string_view> {
public:
  pressing_source(double lines_per_second, std::shared_ptr<std::atomic<std::uint64_t>> stored)
      : in_tick_{static_cast<std::size_t>(lines_per_second * std::chrono::duration<double>{tick}.count())},
        stored_{std::move(stored)} {}

protected:
  void on_start() override {
    thread_ = std::jthread{[this] { run(); }};
  }
  void on_stop() override { thread_ = {}; }

private:
  static constexpr auto tick = 10ms;

  void run() {
    std::vector<std::string> lines;
    for (std::uint64_t n = 0; n < in_tick_; ++n)
      lines.push_back(numbered_line(n));
    for (auto next = clock::now(); !is_stopped(); std::this_thread::sleep_until(next)) {
      store(lines);
      *stored_ += lines.size();
      next = std::max(next + tick, clock::now() - tick); // what it could not offer while it waited is not made up for
    }
  }

  std::size_t in_tick_;
  std::shared_ptr<std::atomic<std::uint64_t>> stored_;
  std::jthread thread_;
};

/// This process's memory over time.
class memory_samples {
public:
  /// To be called regularly; true from `end` on.
  bool look_until(clock::time_point end) {
    mib_.push_back(memory_mib("VmRSS"));
    files_ = std::max(files_, memory_mib("RssFile"));
    return clock::now() >= end;
  }

  double files() const { return files_; }

  /// From the mean of the second third of the time to that of the last. Memory is a saw-tooth of tens of MiB, as blobs
  /// are stored and deleted: where a median falls on it is chance.
  double growth() const {
    const auto third = static_cast<std::ptrdiff_t>(mib_.size() / 3);
    const auto mean = [third](auto from) {
      return std::accumulate(from, from + third, 0.0) / static_cast<double>(third);
    };
    return third == 0 ? 0 : mean(mib_.end() - third) - mean(mib_.end() - 2 * third);
  }

private:
  std::vector<double> mib_;
  double files_ = 0;
};

/// A source that offers five times what the output takes, with the write-ahead log or without.
result run_overload(const options& how, bool is_logged) {
  constexpr double lines_per_second = 400'000; // of the output
  const scratch directory;
  const auto stored = std::make_shared<std::atomic<std::uint64_t>>(0);
  std::atomic<std::uint64_t> out = 0;
  memory_samples samples;
  result found;
  {
    auto runtime = runtime_of(how);
    runtime.write_ahead_log = is_logged;
    runtime.graceful_stop_timeout = 30s;
    streaming_context context{500ms, runtime};
    if (is_logged)
      context.checkpoint(directory.path() / "checkpoint");
    context.receiver_stream<pressing_source>(5 * lines_per_second, stored)
        .map([](std::string_view line) { return line; })
        .foreach_rdd([&out](const rdd<std::string_view>& records) {
          const auto count = records.count();
          std::this_thread::sleep_for(std::chrono::duration<double>{static_cast<double>(count) / lines_per_second});
          out += count;
        });
    const auto end =
        clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>{how.seconds});
    found.stop_seconds = run_and_stop(context, [&] { return samples.look_until(end); });
  }
  found.in = *stored;
  found.out = out;
  found.growth_mib = samples.growth();
  found.files_mib = samples.files();
  return found;
}

result run_overload_in_memory(const options& how) { return run_overload(how, false); }
result run_overload_logged(const options& how) { return run_overload(how, true); }

const std::vector<std::pair<std::string, result (*)(const options&)>> runs{{"directory", run_directory},
                                                                           {"flat_map", run_flat_map},
                                                                           {"slow_output", run_slow_output},
                                                                           {"overload", run_overload_in_memory},
                                                                           {"overload_logged", run_overload_logged}};

int run_child(const options& how) {
  const auto found = std::ranges::find(runs, how.child, &std::pair<std::string, result (*)(const options&)>::first);
  auto x = found->second(how);
  x.peak_mib = memory_mib("VmHWM");
  std::cout << x.in << ' ' << x.out << ' ' << x.stop_seconds << ' ' << x.peak_mib;
  if (x.growth_mib)
    std::cout << ' ' << *x.growth_mib << ' ' << x.files_mib;
  std::cout << '\n';
  return 0;
}

result start_child(const std::string& name, const options& how) {
  const auto command = "'" + fs::canonical("/proc/self/exe").string() + "' --child " + name + " --seconds "
                       + std::to_string(how.seconds) + " --directory '" + how.directory + "' --directory-mib "
                       + std::to_string(how.directory_mib) + " --budget-mib " + std::to_string(how.budget_mib);
  std::string said;
  const std::unique_ptr<FILE, int (*)(FILE*)> child{popen(command.c_str(), "r"), pclose};
  std::array<char, 256> part;
  while (child && std::fgets(part.data(), part.size(), child.get()) != nullptr)
    said += part.data();
  result found;
  std::istringstream words{said};
  if (!(words >> found.in >> found.out >> found.stop_seconds >> found.peak_mib))
    throw std::runtime_error{"the run " + name + " has failed"};
  if (double growth = 0; words >> growth >> found.files_mib)
    found.growth_mib = growth;
  return found;
}

bool run_all(const options& how) {
  constexpr double stop_timeout = 10;
  cost_report report{"memory_budget"};
  const auto most = static_cast<double>(how.budget_mib) + how.most_above_budget_mib;
  std::printf("\nmemory_budget: %llu MiB\n%-16s %14s %14s %10s %10s %10s   (target: at most %.0f MiB and %.0f s)\n",
              static_cast<unsigned long long>(how.budget_mib), "", "lines in", "lines out", "dropped", "peak MiB",
              "stop s", most, stop_timeout);
  bool lost = false;
  for (const auto& [name, run] : runs) {
    if (!how.names.empty() && std::ranges::find(how.names, name) == how.names.end())
      continue;
    const auto found = start_child(name, how);
    const auto dropped = static_cast<std::int64_t>(found.in - found.out);
    std::printf("%-16s %14llu %14llu %10lld %10.1f %10.2f", name.c_str(), static_cast<unsigned long long>(found.in),
                static_cast<unsigned long long>(found.out), static_cast<long long>(dropped), found.peak_mib,
                found.stop_seconds);
    if (found.growth_mib)
      std::printf("   %+.1f MiB from the second third of the time to the last (at most %.0f); up to %.1f MiB of files",
                  *found.growth_mib, how.most_growth_mib, found.files_mib);
    std::printf("\n");
    std::fflush(stdout);
    report.add(name + ", peak MiB", found.peak_mib, most);
    report.add(name + ", seconds to stop", found.stop_seconds, stop_timeout);
    report.add(name + ", lines", found.out);
    report.add(name + ", lines dropped", dropped);
    if (found.growth_mib) {
      report.add(name + ", growth MiB", *found.growth_mib, how.most_growth_mib);
      report.add(name + ", pages of files, MiB", found.files_mib);
    }
    lost = lost || found.in != found.out;
  }
  report.write(how.json_file);
  if (lost)
    std::cerr << "WRONG RESULT: lines are lost, or there are too many\n";
  if (!report.meets_targets())
    std::cerr << "memory_budget: a target is missed\n";
  return !lost && report.meets_targets();
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::options how;
  CLI::App app{"Runs programs that could take any amount of memory, and fails if one takes more than its budget."};
  app.add_option("NAME", how.names,
                 "Which runs: directory, flat_map, slow_output, overload, overload_logged (default: all)");
  app.add_option("--seconds", how.seconds, "How long each of the floods lasts")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--directory", how.directory, "Where the directory with text is made")->capture_default_str();
  app.add_option("--directory-mib", how.directory_mib, "Its size")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--budget-mib", how.budget_mib, "The memory budget")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--above-mib", how.most_above_budget_mib, "How far a run may go beyond the budget")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--growth-mib", how.most_growth_mib, "How far an overload may grow in the last third of its time")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--json", how.json_file, "Write what it found to this file")->type_name("FILE");
  app.add_option("--child", how.child, "Be this run")->group("");
  CLI11_PARSE(app, argc, argv);
  sluice::set_log_level("error"); // it warns that batches are late, and they are meant to be
  try {
    return how.child.empty() ? sluice::bench::run_all(how) ? 0 : 1 : sluice::bench::run_child(how);
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
