// SPDX-License-Identifier: BSD-3-Clause
//
// Whether a program that runs for long takes more and more memory: the word count, from a receiver that stores lines at
// a fixed rate. Its resident memory is looked at once a second; a tenth of the time is left for it to warm up.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include "cost_report.hpp"
#include "good_word_count.hpp"
#include "mapped_file.hpp"
#include "median.hpp"
#include "word_program.hpp"

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr double most_growth_mib = 4;

struct options {
  double minutes = 1;
  std::size_t lines_per_second = 500'000;
  duration interval{100};
  runtime_options how;
};

/// The lines of a text that outlives it, over and over, so many a second; says how many it has stored.
class paced_receiver : public receiver<std::string_view> {
public:
  paced_receiver(std::string_view text, std::size_t lines_per_second,
                 std::shared_ptr<std::atomic<std::uint64_t>> stored)
      : text_{text}, lines_per_tick_{std::max<std::size_t>(lines_per_second * tick.count() / 1000, 1)},
        stored_{std::move(stored)} {}

protected:
  void on_start() override {
    thread_ = std::jthread{[this] { store_all(); }};
  }

  void on_stop() override { thread_ = {}; }

private:
  static constexpr std::chrono::milliseconds tick{10};

  void store_all() {
    auto rest = text_;
    std::vector<std::string_view> lines;
    for (auto next = clock::now(); !is_stopped(); std::this_thread::sleep_until(next += tick)) {
      lines.clear();
      while (lines.size() < lines_per_tick_) {
        lines.push_back(rest.substr(0, rest.find('\n')));
        rest.remove_prefix(std::min(lines.back().size() + 1, rest.size()));
        if (rest.empty())
          rest = text_;
      }
      store(lines);
      *stored_ += lines.size();
    }
  }

  std::string_view text_;
  std::size_t lines_per_tick_;
  std::shared_ptr<std::atomic<std::uint64_t>> stored_;
  std::jthread thread_;
};

double resident_mib() {
  std::size_t size = 0;
  std::size_t resident = 0;
  std::ifstream{"/proc/self/statm"} >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// By least squares, a sample.
double slope(const std::vector<double>& samples) {
  const auto n = static_cast<double>(samples.size());
  const auto mean = std::accumulate(samples.begin(), samples.end(), 0.0) / n;
  double covariance = 0;
  double variance = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto t = static_cast<double>(i) - (n - 1) / 2;
    covariance += t * (samples[i] - mean);
    variance += t * t;
  }
  return variance == 0 ? 0 : covariance / variance;
}

/// What the counts of the first `lines` lines are, where the text begins again at its end. Without an engine.
word_digest expected_totals(std::string_view text, std::uint64_t lines) {
  const auto in_text = static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
  good_table once;
  once.count_words(text);
  good_table all;
  once.for_each([&](std::string_view word, std::uint64_t count) {
    if (lines / in_text != 0)
      all.add(word, count * (lines / in_text));
  });
  all.count_words(first_lines(text, lines % in_text));
  word_digest result;
  all.for_each([&](std::string_view word, std::uint64_t count) { result.add(word, count); });
  return result;
}

/// Compares the first and the last minute, or fifth of the time if that is shorter.
void report_growth(const std::vector<double>& samples, cost_report& report) {
  const auto some = static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(samples.size() / 5, 1, 60));
  const auto first = median_of({samples.begin(), samples.begin() + some});
  const auto last = median_of({samples.end() - some, samples.end()});
  const auto per_minute = slope(samples) * 60;
  std::printf("%-24s %10s %10s %10s %14s\n", "", "first MiB", "last MiB", "growth", "slope MiB/min");
  std::printf("%-24s %10.1f %10.1f %+10.1f %+14.2f   (target: at most %.0f of growth)\n",
              ("medians of " + std::to_string(some) + " s").c_str(), first, last, last - first, per_minute,
              most_growth_mib);
  report.add("first MiB", first);
  report.add("last MiB", last);
  report.add("growth MiB", last - first, most_growth_mib);
  report.add("slope MiB a minute", per_minute);
  report.add("MiB once a second", samples);
}

bool run(std::string_view text, const options& how, const std::string& json_file) {
  streaming_context context{how.interval, how.how};
  auto stored = std::make_shared<std::atomic<std::uint64_t>>(0);
  word_totals totals;
  const auto lines = context.receiver_stream<paced_receiver>(text, how.lines_per_second, stored);
  count_words(lines.flat_map(split(' ')), [&](const counted_words& counts) { totals.add(counts); });
  std::printf("\nmemory_growth: words of a text over and over, %zu lines a second for %.1f minutes\n",
              how.lines_per_second, how.minutes);
  std::fflush(stdout);
  context.start();
  const auto start = clock::now();
  const auto seconds = std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>{how.minutes * 60});
  std::vector<double> samples;
  for (auto next = start + seconds / 10; next <= start + seconds; next += 1s) {
    context.await_termination_or_timeout(std::chrono::ceil<std::chrono::milliseconds>(next - clock::now()));
    samples.push_back(resident_mib());
  }
  context.stop(stop_mode::graceful);
  context.await_termination();
  cost_report report{"memory_growth"};
  report_growth(samples, report);
  const auto result = totals.digest();
  const auto expected = expected_totals(text, *stored);
  report.add("words", result.records);
  report.write(json_file);
  std::printf("%llu words, digest %016llx\n", static_cast<unsigned long long>(result.records),
              static_cast<unsigned long long>(result.sum));
  if (result != expected)
    std::cerr << "WRONG RESULT: expected " << expected.records << " words, digest " << std::hex << expected.sum << '\n';
  if (!report.meets_targets())
    std::cerr << "memory_growth: it has grown by more than " << most_growth_mib << " MiB\n";
  return result == expected && report.meets_targets();
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  std::string file;
  std::string json_file;
  sluice::bench::options how;
  how.how.threads = 1;
  CLI::App app{"Counts words for a while on Sluice, and fails if that takes more and more memory."};
  app.add_option("FILE", file, "The text")->required()->check(CLI::ExistingFile);
  app.add_option("--minutes", how.minutes, "How long")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--lines-per-second", how.lines_per_second, "How fast")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", how.how.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--json", json_file, "Write what it found to this file")->type_name("FILE");
  CLI11_PARSE(app, argc, argv);
  sluice::set_log_level("warning");
  try {
    const sluice::bench::mapped_file text{file};
    return sluice::bench::run(text.text(), how, json_file) ? 0 : 1;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
