// SPDX-License-Identifier: BSD-3-Clause
//
// The word count of micro-batches in one process, and spread over workers: processes of this same program, which talk
// to it over loopback. The lines wait in the driver, encoded; workers split and count them, and send the counts back.
#include <algorithm>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/prctl.h>
#include <unistd.h>

#include <sluice/sluice.hpp>

#include "child_process.hpp"
#include "loopback.hpp"
#include "measurement.hpp"
#include "word_program.hpp"

namespace sluice::bench {

namespace {

/// Starts a clock when batches may come: that processes find each other is not measured.
class clock_starter : public streaming_listener {
public:
  explicit clock_starter(std::optional<stopwatch>& watch) : watch_{watch} {}
  void on_streaming_started(batch_info::time_point) override { watch_.emplace(); }

private:
  std::optional<stopwatch>& watch_;
};

/// The program of the driver, and of workers, where there is no text and nothing is used but the topology.
struct word_batches {
  std::string file; ///< the text, read in `compose`: a worker begins with its driver's peak of memory; none: no lines
  std::optional<stopwatch> watch;
  word_digest result;
  measurement measured;

  void compose(streaming_context& context) {
    context.add_streaming_listener(std::make_shared<clock_starter>(watch));
    const auto queue = file.empty() ? std::make_shared<record_queue<std::string_view>>() : queue_of_lines(file);
    count_words(context.queue_stream(queue).flat_map(split(' ')),
                digest_batches(result, queue->size(), [this, &context] {
                  measured = watch->stop(result);
                  context.request_stop(stop_mode::immediate);
                }));
  }
};

/// As from the command line, which is how a program becomes a worker or uses some.
int run_with(word_batches& program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "bench_two_processes");
  std::vector<char*> pointers;
  for (auto& x : arguments)
    pointers.push_back(x.data());
  return run(static_cast<int>(pointers.size()), pointers.data(),
             {.about = "Counts words.", .arguments = {}, .interval = duration{1}},
             [&program](streaming_context& context) { program.compose(context); });
}

/// Runs until it is told to end, then prints what it used.
int run_worker(const std::string& address, std::size_t threads) {
  prctl(PR_SET_PDEATHSIG, SIGTERM); // a driver that was killed cannot tell
  const stopwatch watch;
  word_batches program;
  const auto result = run_with(program, {"--node", address, "--threads", std::to_string(threads)});
  std::cout << to_json(watch.stop({})) << '\n';
  return result;
}

std::unique_ptr<child_process> start_worker(std::string& address, std::size_t threads) {
  const auto [socket, port] = bind_loopback();
  close(socket);
  address = "127.0.0.1:" + std::to_string(port);
  return std::make_unique<child_process>(
      std::vector<std::string>{"--worker-at", address, "--threads", std::to_string(threads)}, "worker listens at");
}

/// @param threads of all, shared evenly between the driver and a worker
int run_driver(const std::string& file, std::size_t threads, std::size_t workers) {
  const auto share = workers == 0 ? threads : std::max<std::size_t>(threads / 2, 1);
  std::vector<std::string> arguments{"--threads", std::to_string(share), "--log-level", "warning"};
  std::vector<std::unique_ptr<child_process>> processes;
  for (std::size_t i = 0; i < workers; ++i) {
    std::string address;
    processes.push_back(start_worker(address, share));
    arguments.insert(arguments.end(), {"--nodes", address});
  }
  word_batches program;
  program.file = file;
  if (const auto failed = run_with(program, arguments))
    return failed;
  auto& sum = program.measured;
  for (const auto& process : processes) {
    const auto worker = from_json(process->finish());
    sum.cpu_seconds += worker.cpu_seconds;
    sum.peak_rss_mib += worker.peak_rss_mib;
    sum.allocations += worker.allocations;
  }
  std::cout << to_json(sum) << '\n';
  return 0;
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  std::string file;
  std::string worker_at;
  std::size_t threads = 2;
  std::size_t workers = 1;
  CLI::App app{"Counts the words of each 100,000 lines of a file in several processes, and prints what it took."};
  app.add_option("FILE", file, "The text")->check(CLI::ExistingFile);
  app.add_option("--threads", threads, "Worker threads: of one process, or half of them a process")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--workers", workers, "Processes beside the driver; 0: the driver does all of it")
      ->check(CLI::Range(0, 16))
      ->capture_default_str();
  app.add_option("--worker-at", worker_at, "Be one of them, at this address")->type_name("HOST:PORT");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!worker_at.empty())
      return run_worker(worker_at, threads);
    return run_driver(file, threads, workers);
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
