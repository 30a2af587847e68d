// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/signal_watch.hpp>

#include <array>
#include <csignal>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace sluice {

namespace {

sigset_t stop_signals() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGINT);
  sigaddset(&result, SIGTERM);
  return result;
}

} // namespace

signal_watch::signal_watch(std::function<void(int)> on_signal) : on_signal_{std::move(on_signal)} {
  const auto signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A reader of our output or a peer may go at any time; that is an error of a write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  signals_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
  end_ = ::eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread{[this] { watch(); }};
}

signal_watch::~signal_watch() {
  ::eventfd_write(end_, 1);
  thread_.join();
  ::close(end_);
  ::close(signals_);
}

void signal_watch::watch() {
  for (int count = 1;;) {
    std::array<pollfd, 2> waiting{pollfd{signals_, POLLIN, 0}, pollfd{end_, POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(), -1);
    if (waiting[1].revents != 0)
      return;
    signalfd_siginfo signal{};
    if (waiting[0].revents != 0 && ::read(signals_, &signal, sizeof(signal)) == sizeof(signal))
      on_signal_(count++);
  }
}

} // namespace sluice
