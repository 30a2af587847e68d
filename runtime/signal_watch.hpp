// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <thread>

namespace sluice {

/// Takes SIGINT and SIGTERM from the process while it lives, and calls `on_signal(n)` for the n-th one, from a thread
/// of its own. Must be made before any other thread, so that none of them is interrupted instead.
class signal_watch {
public:
  explicit signal_watch(std::function<void(int)> on_signal);
  ~signal_watch();
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

private:
  void watch();

  std::function<void(int)> on_signal_;
  int signals_;
  int end_;
  std::thread thread_;
};

} // namespace sluice
