// SPDX-License-Identifier: BSD-3-Clause
//
// What tests of programs that go on after a failure have in common.
#pragma once

#include "contexts.hpp"

#include <sluice/actors/base/log.hpp>

#include <atomic>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <thread>

namespace sluice::test {

struct quiet {
  quiet() { set_log_level("off"); }
};

inline constexpr std::int64_t count = 1000;
inline constexpr std::int64_t sum = count * (count - 1) / 2;

/// Fails when it is called for the n-th time, and never else.
class once {
public:
  explicit once(int n) : left_{std::make_shared<std::atomic<int>>(n)} {}

  void operator()() const {
    if (--*left_ == 0)
      throw std::runtime_error{"a bad moment"};
  }

  bool has_failed() const { return *left_ <= 0; }

private:
  std::shared_ptr<std::atomic<int>> left_;
};

inline constexpr restart_policy at_once{.max = 3, .backoff = 1ms};

/// The sum of all numbers so far, kept by key, and written down after each batch.
inline void add_up(const dstream<std::int64_t>& numbers, const once& fault, journal<std::int64_t>& totals) {
  numbers
      .map([fault](std::int64_t x) {
        fault();
        return std::pair{x % 10, x};
      })
      .update_state_by_key([](std::span<const std::int64_t> values, std::optional<std::int64_t> old) {
        return std::optional{std::accumulate(values.begin(), values.end(), old.value_or(0))};
      })
      .foreach_rdd([&totals](const rdd<std::pair<std::int64_t, std::int64_t>>& state) {
        std::int64_t result = 0;
        for (const auto& [key, total] : state.collect())
          result += total;
        totals.add(result);
      });
}

/// Whether the total comes to `expected`, and stays there.
inline bool comes_to(const journal<std::int64_t>& totals, std::int64_t expected) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (totals.entries().empty() || totals.entries().back() != expected) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(interval);
  }
  std::this_thread::sleep_for(5 * interval);
  return totals.entries().back() == expected;
}

inline std::shared_ptr<record_queue<std::int64_t>> queue_of_numbers() {
  auto result = std::make_shared<record_queue<std::int64_t>>();
  for (std::int64_t i = 0; i < count; i += 20) {
    std::vector<std::int64_t> set(20);
    std::iota(set.begin(), set.end(), i);
    result->push(set);
  }
  return result;
}

class scribe : public streaming_listener {
public:
  void on_streaming_started(batch_info::time_point) override { heard.add("streaming"); }
  void on_epoch_started(const epoch_info& x) override {
    heard.add("epoch " + std::to_string(x.number) + ", " + std::to_string(x.restarts_left) + " left"
              + (x.last_commit ? ", goes on" : ""));
  }
  void on_epoch_ended(const epoch_info& x) override {
    heard.add("end of " + std::to_string(x.number) + ", " + std::to_string(x.restarts_left)
              + " left: " + x.failure_reason);
  }

  journal<std::string> heard;
};

} // namespace sluice::test
