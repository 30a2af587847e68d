// SPDX-License-Identifier: BSD-3-Clause
//
// How long a line takes from a socket to an output: the word count on Sluice, written as a user would, where every line
// begins with the time at which it was sent. That is a word like any other, counted like any other: the output finds it
// as a key, whose count says how many lines were sent then, so every line is measured and none is treated in any
// special way. Its latency ends when the function given to `foreach_rdd` is called with the counts of its batch.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include "cost_report.hpp"
#include "distribution.hpp"
#include "line_sender.hpp"
#include "median.hpp"
#include "pauses.hpp"
#include "signal.hpp"
#include "word_text.hpp"

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;

struct options {
  double rate = 0; ///< lines a second that stand for the full load; 0: measure them
  std::vector<std::int64_t> intervals{100, 10, 5, 2};
  std::vector<double> loads{0.1, 0.5};
  std::int64_t seconds = 1;
  std::size_t rounds = 15;
  std::vector<std::string> parts{"machine", "latency", "hops", "idle"};
  runtime_options how;
};

/// How long the hops are measured, and a context that has nothing to do.
constexpr auto short_while = 5s;

using counted_words = rdd<std::pair<std::string_view, int>>;

/// What the output has seen. Written by the output, read when the context has stopped.
struct arrivals {
  distribution milliseconds;
  std::atomic<std::uint64_t> from = ~std::uint64_t{0}; ///< lines sent from this time on count
  std::atomic<std::uint64_t> until = ~std::uint64_t{0};

  void note(const counted_words& counts) {
    const auto now = nanoseconds_now();
    counts.for_each([&](const std::pair<std::string_view, int>& x) {
      if (!x.first.starts_with('@'))
        return;
      const auto sent = time_in(x.first);
      if (sent >= from && sent < until)
        milliseconds.add(static_cast<double>(now - sent) / 1e6, static_cast<std::uint64_t>(x.second));
    });
  }
};

template <class Use>
void count_words(streaming_context& context, int port, Use use) {
  auto words = context.socket_text_stream("127.0.0.1", port).flat_map(split(' '));
  auto counts = words.map([](std::string_view w) { return std::pair{w, 1}; }).reduce_by_key(std::plus<>{});
  counts.foreach_rdd(std::move(use));
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// The program's throughput with its socket kept full, in lines a second: what its outputs have got in a second.
double full_load(const std::vector<std::string>& lines, const options& how) {
  line_sender sender{lines};
  std::atomic<std::uint64_t> seen = 0;
  streaming_context context{100ms, how.how};
  count_words(context, sender.port(), [&seen](const counted_words& counts) {
    std::uint64_t here = 0;
    counts.for_each([&here](const std::pair<std::string_view, int>& x) {
      if (x.first.starts_with('@'))
        here += static_cast<std::uint64_t>(x.second);
    });
    seen += here;
  });
  context.start();
  sender.set_rate(line_sender::no_limit);
  std::this_thread::sleep_for(500ms);
  const auto before = seen.load();
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(1s);
  const auto result = static_cast<double>(seen - before)
                      / std::chrono::duration<double>{std::chrono::steady_clock::now() - start}.count();
  context.stop(stop_mode::immediate);
  return result;
}

/// What one round has found.
struct latency_run {
  double sent = 0; ///< M lines/s, as are those seen
  double seen = 0;
  distribution ms;
  double cores = 0;
};

/// The latency of the lines that are sent within so many seconds.
latency_run measure_latency(const std::vector<std::string>& lines, duration interval, double rate, const options& how) {
  line_sender sender{lines};
  arrivals seen;
  streaming_context context{interval, how.how};
  count_words(context, sender.port(), [&seen](const counted_words& counts) { seen.note(counts); });
  context.start();
  sender.set_rate(rate);
  std::this_thread::sleep_for(500ms);
  const auto cpu = cpu_seconds();
  const auto sent = sender.sent();
  const auto start = nanoseconds_now();
  seen.from = start;
  std::this_thread::sleep_for(std::chrono::seconds{how.seconds});
  const auto end = nanoseconds_now();
  seen.until = end;
  const auto used = cpu_seconds() - cpu;
  const auto sent_then = sender.sent() - sent;
  sender.set_rate(0);
  std::this_thread::sleep_for(2 * interval + 50ms);
  context.stop(stop_mode::graceful);
  const auto seconds = static_cast<double>(end - start) / 1e9;
  return {static_cast<double>(sent_then) / seconds / 1e6,
          static_cast<double>(seen.milliseconds.count()) / seconds / 1e6, std::move(seen.milliseconds), used / seconds};
}

/// What p99 may be, in ms, where that is asked for.
std::optional<double> most_p99(duration interval, double load) {
  if (load == 0.5 && interval == 10ms)
    return 20;
  if (load == 0.5 && interval == 2ms)
    return 6;
  return {};
}

/// Half of the rounds are above, half below.
template <class Of>
double median_over(std::vector<latency_run>& rounds, Of of) {
  std::vector<double> values;
  for (auto& x : rounds)
    values.push_back(of(x));
  return median_of(std::move(values));
}

void report_latency(duration interval, double load, std::vector<latency_run>& rounds, cost_report& report) {
  const auto quantile = [&rounds](double p) {
    return median_over(rounds, [p](latency_run& x) { return x.ms.quantile(p); });
  };
  distribution all;
  for (const auto& x : rounds)
    all.add_all(x.ms);
  const auto most = most_p99(interval, load);
  const auto name =
      "every " + std::to_string(interval.count()) + " ms, " + std::to_string(std::lround(load * 100)) + " % load, ";
  std::printf("%8lld %6.0f %%", static_cast<long long>(interval.count()), load * 100);
  const auto show = [&](int width, int digits, const char* what, double value, std::optional<double> limit = {}) {
    std::printf(" %*.*f", width, digits, value);
    report.add(name + what, value, limit);
  };
  show(10, 3, "M lines sent/s", median_over(rounds, [](const latency_run& x) { return x.sent; }));
  show(10, 3, "M lines seen/s", median_over(rounds, [](const latency_run& x) { return x.seen; }));
  show(8, 2, "p50 ms", quantile(0.5));
  show(8, 2, "p99 ms", quantile(0.99), most);
  show(8, 2, "p99.9 ms", quantile(0.999));
  show(8, 2, "most ms", quantile(1));
  show(8, 2, "p99 of all rounds, ms", all.quantile(0.99));
  show(8, 2, "cores", median_over(rounds, [](const latency_run& x) { return x.cores; }));
  std::printf("   %s\n", most ? ("p99 at most " + std::to_string(std::lround(*most))).c_str() : "");
  std::fflush(stdout);
}

/// Round by round: what else the machine does takes turns in minutes, and each round finds out anew what half is.
void measure_latencies(const std::vector<std::string>& lines, const options& how, cost_report& report) {
  std::vector<double> rates;
  std::vector<std::vector<latency_run>> rows(how.intervals.size() * how.loads.size());
  for (std::size_t round = 0; round < how.rounds; ++round) {
    std::fprintf(stderr, "latency: round %zu of %zu\n", round + 1, how.rounds);
    rates.push_back(how.rate != 0 ? how.rate : full_load(lines, how));
    auto row = rows.begin();
    for (const auto interval : how.intervals)
      for (const auto load : how.loads)
        row++->push_back(measure_latency(lines, duration{interval}, load * rates.back(), how));
  }
  const auto rate = median_of(std::move(rates));
  report.add("full load, M lines/s", rate / 1e6);
  std::printf("\nlatency: from the socket to the output, ms; word count, lines of 5 to 15 words and the time;\n"
              "%zu threads, medians of %zu rounds; full load is %.3f M lines/s (%s)\n",
              how.how.threads, how.rounds, rate / 1e6,
              how.rate != 0 ? "given" : "measured in each round, with batches of 100 ms");
  std::printf("%8s %8s %10s %10s %8s %8s %8s %8s %8s %8s   %s\n", "interval", "load", "M sent/s", "M seen/s", "p50",
              "p99", "p99.9", "most", "all p99", "cores", "target");
  auto row = rows.begin();
  for (const auto interval : how.intervals)
    for (const auto load : how.loads)
      report_latency(duration{interval}, load, *row++, report);
}

/// What this machine takes away from threads, whatever they do: no program's latency is better.
void measure_machine(const options& how, cost_report& report) {
  auto ms = measure_pauses(how.how.threads, how.rounds * std::chrono::seconds{how.seconds});
  std::printf(
      "\nthis machine alone, ms: until a thread that only looks at the clock sees what time it is; %zu threads\n"
      "%8s %8s %8s %8s\n%8.2f %8.2f %8.2f %8.2f\n",
      how.how.threads, "p50", "p99", "p99.9", "most", ms.quantile(0.5), ms.quantile(0.99), ms.quantile(0.999),
      ms.quantile(1));
  std::fflush(stdout);
  report.add("this machine alone, p99 ms", ms.quantile(0.99));
  report.add("this machine alone, p99.9 ms", ms.quantile(0.999));
  report.add("this machine alone, most ms", ms.quantile(1));
}

/// Gives one word a batch, which says when.
class time_source : public source<std::string_view> {
public:
  std::optional<std::vector<std::string>> compute(batch_time) override {
    return std::vector<std::string>{time_word(nanoseconds_now())};
  }
};

/// What hops may take, in microseconds.
struct hop_target {
  std::optional<double> most_p50 = {};
  std::optional<double> most_p99 = {};
};

void report_hops(const std::string& from, distribution& us, const hop_target& target, cost_report& report) {
  const auto shown = target.most_p50 ? "p50 at most " + std::to_string(std::lround(*target.most_p50)) + ", p99 at most "
                                           + std::to_string(std::lround(*target.most_p99))
                                     : "";
  std::printf("%-16s %8llu %8.0f %8.0f %8.0f %8.0f   %s\n", from.c_str(), static_cast<unsigned long long>(us.count()),
              us.quantile(0.5), us.quantile(0.99), us.quantile(0.999), us.quantile(1), shown.c_str());
  const auto name = "hops from " + from + ", ";
  report.add(name + "p50 us", us.quantile(0.5), target.most_p50);
  report.add(name + "p99 us", us.quantile(0.99), target.most_p99);
  report.add(name + "p99.9 us", us.quantile(0.999));
  report.add(name + "most us", us.quantile(1));
}

/// Three hops of a batch of one word inside the engine: from the source, in the batch generator, to the stage that
/// splits and combines, by key to the stage that reduces, to the stage of the outputs. Also from the time of the batch,
/// which is before the timer rings for it and the coordinator asks the batch generator.
void measure_hops(const options& how, cost_report& report) {
  std::atomic<bool> is_measured = false;
  distribution from_source;
  distribution from_time;
  streaming_context context{5ms, how.how};
  auto words =
      context.input_stream<std::string_view>([] { return std::make_unique<time_source>(); }, {.is_quick = true})
          .flat_map(split(' '));
  words.map([](std::string_view w) { return std::pair{w, 1}; })
      .reduce_by_key(std::plus<>{})
      .foreach_rdd([&](const counted_words& counts, batch_time t) {
        const auto now = nanoseconds_now();
        const std::chrono::duration<double, std::micro> time_of_day =
            std::chrono::system_clock::now().time_since_epoch();
        if (!is_measured)
          return;
        from_time.add(time_of_day.count() - static_cast<double>(t.ms()) * 1000);
        counts.for_each([&](const std::pair<std::string_view, int>& x) {
          from_source.add(static_cast<double>(now - time_in(x.first)) / 1000);
        });
      });
  context.start();
  std::this_thread::sleep_for(500ms);
  is_measured = true;
  std::this_thread::sleep_for(short_while);
  context.stop(stop_mode::graceful);
  std::printf("\nhops: a batch of one word over two stages to the output, a batch every 5 ms, us; %zu threads\n"
              "%-16s %8s %8s %8s %8s %8s   %s\n",
              how.how.threads, "from", "batches", "p50", "p99", "p99.9", "most", "target");
  report_hops("its source", from_source, {100, 250}, report);
  report_hops("the batch's time", from_time, {}, report);
}

/// What the process takes during `wait()`, which lasts for a short while.
double percent_of_a_core(const std::function<void()>& wait) {
  const auto before = cpu_seconds();
  wait();
  return (cpu_seconds() - before) / std::chrono::duration<double>{short_while}.count() * 100;
}

/// What the machine takes for waking one thread so often, which then does nothing.
double bare_wake_ups(duration interval) {
  std::mutex mutex;
  std::unique_lock lock{mutex};
  std::condition_variable never_notified;
  return percent_of_a_core([&] {
    const auto start = std::chrono::steady_clock::now();
    for (auto next = start; next < start + short_while; next += interval)
      never_notified.wait_until(lock, next);
  });
}

/// What a context costs to which nothing is sent.
void measure_idle(const std::vector<std::string>& lines, const options& how, cost_report& report) {
  std::printf(
      "\nidle: the same program with nothing to do, CPU of a core in %lld s; %zu threads; beside it a thread that\n"
      "only wakes as often\n",
      static_cast<long long>(std::chrono::seconds{short_while}.count()), how.how.threads);
  std::printf("%8s %8s %10s   %s\n", "interval", "CPU", "a thread", "target");
  for (const auto interval : how.intervals) {
    const auto bare = bare_wake_ups(duration{interval});
    line_sender sender{lines};
    streaming_context context{duration{interval}, how.how};
    count_words(context, sender.port(), [](const counted_words&) {});
    context.start();
    std::this_thread::sleep_for(300ms);
    const auto percent = percent_of_a_core([] { std::this_thread::sleep_for(short_while); });
    const auto most = interval == 2 ? std::optional{2.0} : std::nullopt;
    std::printf("%8lld %6.2f %% %8.2f %%   %s\n", static_cast<long long>(interval), percent, bare,
                most ? "less than 2 %" : "");
    std::fflush(stdout);
    report.add("idle every " + std::to_string(interval) + " ms, % of a core", percent, most);
    report.add("a thread that wakes every " + std::to_string(interval) + " ms, % of a core", bare);
    context.stop(stop_mode::immediate);
  }
}

void run(const options& how, cost_report& report) {
  const auto lines = word_lines(100'000);
  const auto is_wanted = [&](const char* part) { return std::ranges::find(how.parts, part) != how.parts.end(); };
  if (is_wanted("machine"))
    measure_machine(how, report);
  if (is_wanted("latency"))
    measure_latencies(lines, how, report);
  if (is_wanted("hops"))
    measure_hops(how, report);
  if (is_wanted("idle"))
    measure_idle(lines, how, report);
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::options how;
  how.how.threads = 2;
  std::uint32_t partitions = 0;
  std::string json_file;
  CLI::App app{"Measures the latency of Sluice, and what it costs to wait."};
  app.add_option("--rate", how.rate, "Lines a second that are the full load (default: measured first)")
      ->check(CLI::PositiveNumber);
  app.add_option("--intervals", how.intervals, "Batch intervals in ms")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--loads", how.loads, "Shares of the full load")->delimiter(',')->capture_default_str();
  app.add_option("--seconds", how.seconds, "How long each row is measured, in each round")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--rounds", how.rounds, "How often; medians are shown")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option_function<std::uint16_t>(
         "--ui", [&how](std::uint16_t port) { how.how.ui = sluice::ui_options{.port = port}; },
         "Serve the page of the program at this port, to see what that costs")
      ->type_name("PORT");
  app.add_option_function<std::string>(
         "--ui-token-file", [&how](const std::string& file) { how.how.ui->token_file = file; },
         "Whoever asks the page for anything must show the first line of it")
      ->type_name("FILE")
      ->needs("--ui");
  app.add_option("--threads", how.how.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--partitions", partitions, "Copies of each stage (default: one a worker thread)")
      ->check(CLI::Range(1, 65536));
  app.add_option("--parts", how.parts, "What to measure")
      ->delimiter(',')
      ->check(CLI::IsMember({"machine", "latency", "hops", "idle"}))
      ->capture_default_str();
  app.add_option("--json", json_file, "Write what it found to this file")->type_name("FILE");
  CLI11_PARSE(app, argc, argv);
  if (partitions != 0)
    how.how.partitions = partitions;
  sluice::set_log_level("warning");
  try {
    sluice::bench::cost_report report{"latency"};
    run(how, report);
    report.write(json_file);
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
