// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/generator/random_text_input.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>

#include <sluice/receivers/generator/pacer.hpp>
#include <sluice/receivers/receiver/receiver.hpp>

namespace sluice {

namespace {

class text_receiver : public receiver<std::string_view> {
public:
  explicit text_receiver(const generator_options& options)
      : per_second_{options.lines_per_second}, left_{options.lines.value_or(std::numeric_limits<std::uint64_t>::max())},
        text_{options.text} {}

protected:
  void on_start() override {
    thread_ = std::thread{[this] { per_second_ > 0 ? run_at_pace() : run(); }};
  }

  void on_stop() override {
    {
      std::lock_guard lock{mutex_};
      wake_.notify_all();
    }
    if (thread_.joinable())
      thread_.join();
  }

private:
  void run() {
    while (left_ != 0 && !is_stopped())
      store_lines(left_);
  }

  void run_at_pace() {
    pacer pace{per_second_, now()};
    while (left_ != 0 && !is_stopped()) {
      if (const auto due = pace.due(now()))
        pace.did(store_lines(due));
      else
        wait_until(pace.next(now()));
    }
  }

  std::uint64_t store_lines(std::uint64_t most) {
    const auto lines = text_.lines(std::min(most, left_));
    store(lines);
    left_ -= lines.size();
    return lines.size();
  }

  void wait_until(pacer::time_point t) {
    std::unique_lock lock{mutex_};
    wake_.wait_until(lock, t, [this] { return is_stopped(); });
  }

  static pacer::time_point now() { return std::chrono::steady_clock::now(); }

  const double per_second_;
  std::uint64_t left_; // this and the text belong to the thread
  random_text text_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

} // namespace

input<std::string_view> random_text_input(generator_options options) {
  if (!(options.lines_per_second >= 0) || std::isinf(options.lines_per_second))
    throw usage_error("generator_stream: lines_per_second must be 0 (as fast as possible) or more, not "
                      + std::to_string(options.lines_per_second));
  check(options.text);
  return {.kind = "generator_stream", .description = "generated text", .make_receiver = [options] {
            return std::make_shared<text_receiver>(options);
          }};
}

} // namespace sluice
