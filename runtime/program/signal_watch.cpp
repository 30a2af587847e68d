// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/program/signal_watch.hpp>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <span>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace sluice {

namespace {

/// Where the handler reports to: it has no other way to know. Blocking the signals and reading them from a signalfd
/// would not need it, but a thread that the program started before would then take them, and the process would die.
std::atomic<int> reports_to{-1};

void report(int) {
  const auto errno_before = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(reports_to, &one, sizeof(one));
  errno = errno_before;
}

sigset_t set_of(std::span<const int> signals) {
  sigset_t result;
  sigemptyset(&result);
  for (const auto each : signals)
    sigaddset(&result, each);
  return result;
}

} // namespace

signal_watch::signal_watch(std::function<void(int)> on_signal)
    : on_signal_{std::move(on_signal)}, arrived_{::eventfd(0, EFD_CLOEXEC)}, end_{::eventfd(0, EFD_CLOEXEC)} {
  assert(reports_to == -1);
  reports_to = arrived_;
  // A reader of our output or a peer may go at any time; that is an error of a write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  // A file that reaches its limit (RLIMIT_FSIZE) is the error of a write, too.
  std::signal(SIGXFSZ, SIG_IGN);
  // Threads that are started from now on are left alone; ours takes the signals.
  const auto signals = set_of(stop_signals);
  ::pthread_sigmask(SIG_BLOCK, &signals, &mask_before_);
  struct sigaction action{};
  action.sa_handler = report;
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < stop_signals.size(); ++i)
    ::sigaction(stop_signals[i], &action, &actions_before_[i]);
  thread_ = std::thread{[this] { watch(); }};
}

signal_watch::~signal_watch() {
  ::eventfd_write(end_, 1);
  thread_.join();
  for (std::size_t i = 0; i < stop_signals.size(); ++i)
    ::sigaction(stop_signals[i], &actions_before_[i], nullptr);
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  reports_to = -1;
  ::close(end_);
  ::close(arrived_);
}

void signal_watch::watch() {
  const auto signals = set_of(stop_signals);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  for (int count = 1;;) {
    std::array<pollfd, 2> waiting{pollfd{arrived_, POLLIN, 0}, pollfd{end_, POLLIN, 0}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0)
      continue; // interrupted by the very signal
    if (waiting[1].revents != 0)
      return;
    eventfd_t arrived = 0;
    for (::eventfd_read(arrived_, &arrived); arrived != 0; --arrived)
      on_signal_(count++);
  }
}

} // namespace sluice
