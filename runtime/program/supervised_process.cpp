// SPDX-License-Identifier: BSD-3-Clause
//
// The system calls of `--supervise`. What they are called for is decided in supervisor.cpp.
#include <sluice/runtime/program/supervisor.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/runtime/program/run.hpp>

namespace sluice {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::array passed_on{SIGTERM, SIGINT, SIGHUP};

/// Takes the signals that this process passes on, and that of a child's end, as long as it lives.
class signal_taker {
public:
  signal_taker() {
    sigemptyset(&taken_);
    for (const auto each : passed_on)
      sigaddset(&taken_, each);
    sigaddset(&taken_, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &taken_, &before_);
  }
  ~signal_taker() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  signal_taker(const signal_taker&) = delete;
  signal_taker& operator=(const signal_taker&) = delete;

  const sigset_t& before() const { return before_; }

  siginfo_t next() const {
    siginfo_t result{};
    while (::sigwaitinfo(&taken_, &result) < 0) {
    }
    return result;
  }

  /// The next signal within `patience`; none if there is none.
  std::optional<siginfo_t> next(clock::duration patience) const {
    const auto end = clock::now() + patience;
    for (;;) {
      const auto left = std::max<std::chrono::nanoseconds>(end - clock::now(), std::chrono::nanoseconds{0});
      const timespec limit{left / std::chrono::seconds{1}, left.count() % 1'000'000'000};
      siginfo_t result{};
      if (::sigtimedwait(&taken_, &result, &limit) > 0)
        return result;
      if (errno == EAGAIN)
        return std::nullopt;
    }
  }

private:
  sigset_t taken_{};
  sigset_t before_{};
};

[[noreturn]] void become(const std::vector<char*>& argv, const sigset_t& mask, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent)
    ::_exit(exit_failure); // it died before it could tell
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::execv("/proc/self/exe", argv.data());
  ::_exit(exit_failure);
}

pid_t start(const std::vector<std::string>& arguments, const sigset_t& mask) {
  std::vector<char*> argv;
  for (const auto& each : arguments)
    argv.push_back(const_cast<char*>(each.c_str())); // execv changes nothing
  argv.push_back(nullptr);
  const auto parent = ::getpid();
  const auto child = ::fork();
  if (child < 0)
    throw runtime_failure{"the program cannot be started again: " + std::string{std::strerror(errno)}};
  if (child == 0)
    become(argv, mask, parent);
  return child;
}

process_end end_of(int status) {
  if (WIFSIGNALED(status))
    return {true, WTERMSIG(status)};
  return {false, WEXITSTATUS(status)};
}

/// Passes signals on until the child has ended.
process_end wait_for(pid_t child, const signal_taker& signals, supervisor& decides) {
  for (;;) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child)
      return end_of(status);
    const auto arrived = signals.next();
    if (arrived.si_signo == SIGCHLD)
      continue;
    decides.asked_to_stop();
    // A terminal sends its signals to the child as well, which would count two.
    if (arrived.si_code != SI_KERNEL)
      ::kill(child, arrived.si_signo);
  }
}

} // namespace

int run_supervised(const std::vector<std::string>& arguments, supervisor decides) {
  const signal_taker signals;
  for (;;) {
    const auto how = wait_for(start(arguments, signals.before()), signals, decides);
    const auto pause = decides.ended(how, clock::now());
    if (!pause) {
      if (how.by_signal)
        log_warning("the program has ended " + to_string(how) + ", and is not started again");
      return exit_code_of(how);
    }
    log_warning("the program has ended " + to_string(how) + "; it is started again in " + to_string(*pause)
                + "; restarts that are left: " + std::to_string(decides.left(clock::now())) + " within a minute");
    for (const auto end = clock::now() + *pause; const auto arrived = signals.next(end - clock::now());)
      if (arrived->si_signo != SIGCHLD)
        return exit_success; // asked to stop while there was nothing to stop
  }
}

} // namespace sluice
