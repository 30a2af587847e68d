// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/run.hpp>

#include <condition_variable>
#include <filesystem>
#include <iostream>
#include <mutex>

#include <unistd.h>

#include <sluice/actors/errors.hpp>
#include <sluice/actors/log.hpp>
#include <sluice/actors/one_line.hpp>
#include <sluice/runtime/command_line.hpp>
#include <sluice/runtime/signal_watch.hpp>
#include <sluice/runtime/worker_process.hpp>

namespace sluice {

namespace {

using compose_streams = std::function<void(streaming_context&)>;

int run_driver(const command_line& given, const compose_streams& compose) {
  auto context = given.make_context();
  compose(*context);
  if (const auto format = given.explain()) {
    std::cout << context->explain(*format) << std::flush;
    return exit_success;
  }
  const signal_watch signals{[&context](int count) {
    if (count == 1)
      log_info("stopping: everything received will be processed; once more to stop at once");
    // A function of the user's cannot be interrupted, nor can a write to a pipe that nobody reads.
    if (count > 2)
      ::_exit(exit_failure);
    context->request_stop(count == 1 ? stop_mode::graceful : stop_mode::immediate);
  }};
  context->start();
  if (given.run_for() && !context->await_termination_or_timeout(*given.run_for()))
    context->request_stop(stop_mode::graceful);
  context->await_termination();
  return exit_success;
}

int run_worker(const command_line& given, const program_info& info, const std::string& program,
               const compose_streams& compose) {
  std::mutex mutex;
  std::condition_variable asked;
  bool stop = false;
  const signal_watch signals{[&](int) {
    const std::lock_guard lock{mutex};
    stop = true;
    asked.notify_all();
  }};
  const auto compose_like_driver = [info, program, compose](const std::vector<std::string>& arguments) {
    try {
      const auto context = command_line{info, program, arguments}.make_context();
      compose(*context);
      return context->compose();
    } catch (const command_line::early_exit& e) {
      throw usage_error{e.text};
    }
  };
  const auto threads = thread_count(given.how());
  const worker_process worker{*given.node(), threads, compose_like_driver};
  log_info("worker listens at " + to_string(*given.node()) + " with " + std::to_string(threads) + " threads");
  std::unique_lock lock{mutex};
  asked.wait(lock, [&stop] { return stop; });
  return exit_success;
}

int report(const std::exception& what, int code) {
  std::cerr << "error: " << on_one_line(what.what()) << '\n';
  return code;
}

} // namespace

int run(int argc, char** argv, program_info info, std::function<void(streaming_context&)> compose) {
  const auto program = std::filesystem::path{argv[0]}.filename().string();
  try {
    const command_line given{info, program, {argv + 1, argv + argc}};
    set_log_level(given.log_level());
    return given.node() ? run_worker(given, info, program, compose) : run_driver(given, compose);
  } catch (const command_line::early_exit& e) {
    if (e.code == exit_success)
      std::cout << e.text << '\n';
    else
      std::cerr << "error: " << on_one_line(e.text) << '\n';
    return e.code;
  } catch (const usage_error& e) {
    return report(e, exit_usage);
  } catch (const std::exception& e) {
    return report(e, exit_failure);
  }
}

int run(int argc, char** argv, duration interval, std::function<void(streaming_context&)> compose) {
  return run(argc, argv, program_info{"A Sluice program.", {}, interval}, std::move(compose));
}

} // namespace sluice
