// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/program/run.hpp>

#include <condition_variable>
#include <filesystem>
#include <iostream>
#include <mutex>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/log_format.hpp>
#include <sluice/actors/base/one_line.hpp>
#include <sluice/actors/os/side_thread.hpp>
#include <sluice/runtime/node/pause_watch.hpp>
#include <sluice/runtime/node/worker_process.hpp>
#include <sluice/runtime/program/command_line.hpp>
#include <sluice/runtime/program/driver_run.hpp>
#include <sluice/runtime/program/signal_watch.hpp>
#include <sluice/runtime/program/supervisor.hpp>

namespace sluice {

namespace {

using compose_streams = std::function<void(streaming_context&)>;

constexpr std::chrono::seconds patience_at_end{3};

int run_worker(const command_line& given, const program_info& info, const std::string& program,
               const compose_streams& compose) {
  std::mutex mutex;
  std::condition_variable changed;
  bool stop = false;
  std::string lost;
  const signal_watch signals{[&](int) {
    const std::lock_guard lock{mutex};
    stop = true;
    changed.notify_all();
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
  const auto on_lost = [&](std::string why) {
    const std::lock_guard lock{mutex};
    lost = std::move(why);
    changed.notify_all();
  };
  const auto& how = given.how();
  const auto threads = thread_count(how);
  last_resort at_end;
  const worker_process worker{*given.node(), threads, how.node_timeout, how.scheduler, compose_like_driver, on_lost};
  log_info("worker listens at " + to_string(*given.node()) + " with " + std::to_string(threads) + " threads");
  pause_watch pauses{time_since_boot()};
  std::unique_lock lock{mutex};
  while (!changed.wait_for(lock, pause_watch::period, [&] { return stop || !lost.empty(); }))
    if (const auto pause = pauses.look(time_since_boot()))
      log_warning(describe_pause(*pause, how.node_timeout));
  if (!lost.empty())
    throw runtime_failure{lost};
  // Its drivers end without it, and their operators here with them.
  at_end.set(patience_at_end, exit_success, [roll = worker.roll()] {
    const auto who = roll->present();
    return who.empty() ? std::string{} // but for a connection on which another worker says nothing
                       : "the worker was stopped, but this does not return, and the process ends without it: "
                             + list_of_present(who);
  });
  return exit_success;
}

/// A function of an input that has not returned, as a warning has said, may use what the end of `main` destroys.
int end_with(int code) {
  if (real_side_threads::running() != 0)
    last_resort::end_process(code == exit_success ? static_cast<int>(exit_unfinished) : code, {});
  return code;
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
    set_log_format(given.log_format() == "json" ? log_format::json : log_format::text);
    if (const auto most = given.supervise())
      return run_supervised(without_supervision({argv, argv + argc}), supervisor{*most});
    return end_with(given.node() ? run_worker(given, info, program, compose) : driver_run{given}.run(compose));
  } catch (const command_line::early_exit& e) {
    if (e.code == exit_success)
      std::cout << e.text << '\n';
    else
      std::cerr << "error: " << on_one_line(e.text) << '\n';
    return e.code;
  } catch (const usage_error& e) {
    return end_with(report(e, exit_usage));
  } catch (const std::exception& e) {
    return end_with(report(e, exit_failure));
  } catch (...) {
    return end_with(
        report(runtime_failure{"something was thrown that is not derived from std::exception"}, exit_failure));
  }
}

int run(int argc, char** argv, duration interval, std::function<void(streaming_context&)> compose) {
  return run(argc, argv, program_info{"A Sluice program.", {}, interval}, std::move(compose));
}

} // namespace sluice
