// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <csignal>
#include <functional>
#include <thread>

namespace sluice {

/// Takes SIGINT and SIGTERM from the process while it lives, and calls `on_signal(n)` for the n-th one, from a thread
/// of its own. `driver_run` and, in a worker, `run` decide what a signal does. Afterwards the signals act as before.
/// Only one per process at a time; threads may have been started before.
class signal_watch {
public:
  explicit signal_watch(std::function<void(int)> on_signal);
  ~signal_watch();
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

private:
  static constexpr std::array stop_signals{SIGINT, SIGTERM};

  void watch();

  std::function<void(int)> on_signal_;
  int arrived_; ///< an eventfd that counts signals
  int end_;
  sigset_t mask_before_{};
  std::array<struct sigaction, stop_signals.size()> actions_before_{};
  std::thread thread_;
};

} // namespace sluice
