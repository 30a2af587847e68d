// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include <unistd.h>

namespace sluice::test {

/// A thread that runs a function which is to wait for something. Its end has to be brought about before the destructor,
/// which waits for it.
class sleeper {
public:
  template <class F>
  explicit sleeper(F f)
      : thread_{[this, f = std::move(f)] {
          id_ = ::gettid();
          f();
          returned_ = true;
        }} {}
  ~sleeper() { join(); }
  sleeper(const sleeper&) = delete;
  sleeper& operator=(const sleeper&) = delete;

  /// Whether the function waits. Returns as soon as the system says that the thread sleeps, or it has returned: so a
  /// function that does not wait is given the time to show it.
  bool waits() const {
    while (!returned_ && !is_asleep())
      std::this_thread::yield();
    return !returned_;
  }

  void join() {
    if (thread_.joinable())
      thread_.join();
  }

private:
  bool is_asleep() const {
    if (id_ == 0)
      return false;
    std::ifstream file{"/proc/self/task/" + std::to_string(id_) + "/stat"};
    std::string text;
    std::getline(file, text);
    const auto state = text.rfind(") ");
    return state != std::string::npos && state + 2 < text.size() && text[state + 2] == 'S';
  }

  std::atomic<pid_t> id_ = 0;
  std::atomic<bool> returned_ = false;
  std::thread thread_;
};

} // namespace sluice::test
