// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace sluice {

/// Ends the process if its end takes too long. A function of the user that does not return cannot be interrupted, and
/// the process would otherwise wait for it without end. Only for a process of our own: `sluice::run`. Thread safe.
class last_resort {
public:
  using end_function = std::function<void(int code, const std::string& last_words)>;

  /// @param end ends the process.
  explicit last_resort(end_function end);
  last_resort() : last_resort{&end_process} {}

  /// From here on the process may take its time.
  ~last_resort();
  last_resort(const last_resort&) = delete;
  last_resort& operator=(const last_resort&) = delete;

  /// The text that the process prints before it ends: nothing if empty. None: it does not end yet.
  using words_function = std::function<std::optional<std::string>()>;

  /// After `patience` the process ends with `code`, and says `last_words()` before. Replaces what was set before; may
  /// be called by `last_words`.
  void set(std::chrono::milliseconds patience, int code, words_function last_words);

  /// Nothing ends the process, until something is set again.
  void clear();

  /// Prints the words, if any, on standard error and writes out the standard streams, as far as that is quick (a pipe
  /// may have no reader). Then ends the process as it is.
  [[noreturn]] static void end_process(int code, const std::string& last_words);

private:
  using clock = std::chrono::steady_clock;

  struct plan {
    clock::time_point when;
    int code = 0;
    words_function last_words;
  };

  void watch();

  end_function end_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<plan> plan_;
  bool over_ = false;
  std::thread thread_;
};

} // namespace sluice
