// SPDX-License-Identifier: BSD-3-Clause
//
// How long a program with a restart_policy does without a commit when one of its functions throws: from the throw to
// the commit of the first batch after it. Batches of 10 ms, a state of 1,000 keys, and the default pause of 100 ms.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <semaphore>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include "cost_report.hpp"
#include "distribution.hpp"

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr int failures = 100;
constexpr std::int64_t keys = 1'000;
constexpr double target_ms = 300;

/// Every key once, in each batch.
class every_key : public source<std::int64_t> {
public:
  std::optional<std::vector<std::int64_t>> compute(batch_time) override {
    std::vector<std::int64_t> result;
    for (std::int64_t k = 0; k < keys; ++k)
      result.push_back(k);
    return result;
  }
};

/// When a function threw last, and whether the next record makes one throw.
struct failure {
  std::atomic<bool> due = false;
  std::atomic<clock::time_point> thrown{};
};

/// Tells of the first commit after each restart.
class stopwatch : public streaming_listener {
public:
  void on_epoch_started(const epoch_info&) override { waits_ = true; }
  void on_batch_completed(const batch_info&) override {
    if (std::exchange(waits_, false))
      committed.release();
  }

  std::counting_semaphore<> committed{0};

private:
  bool waits_ = false;
};

void run(cost_report& report) {
  set_log_level("off");
  const auto next = std::make_shared<failure>();
  const auto listener = std::make_shared<stopwatch>();
  streaming_context ctx{10ms};
  ctx.add_streaming_listener(listener);
  ctx.on_error(restart_policy{.max = 1, .within = 1ms});
  ctx.input_stream<std::int64_t>([] { return std::make_unique<every_key>(); })
      .map([next](std::int64_t k) {
        if (k == keys / 2 && next->due.exchange(false)) {
          next->thrown = clock::now();
          throw std::runtime_error{"one record of a thousand"};
        }
        return std::pair{k, std::int64_t{1}};
      })
      .update_state_by_key([](std::span<const std::int64_t> values, std::optional<std::int64_t> old) {
        return std::optional{old.value_or(0) + static_cast<std::int64_t>(values.size())};
      })
      .foreach_rdd([](const auto&) {});
  ctx.start();
  listener->committed.acquire();
  distribution times;
  for (int i = 0; i < failures; ++i) {
    next->due = true;
    listener->committed.acquire();
    times.add(std::chrono::duration<double, std::milli>(clock::now() - next->thrown.load()).count());
  }
  ctx.stop();
  std::printf("\nrestart_time: from a throw to the next commit, %d times\n%10s %10s %10s\n%10.1f %10.1f %10.1f ms   "
              "(target of the second: at most %.0f)\n",
              failures, "p50", "p99", "most", times.quantile(0.5), times.quantile(0.99), times.quantile(1), target_ms);
  report.add("p50 in ms", times.quantile(0.5), std::nullopt);
  report.add("p99 in ms", times.quantile(0.99), target_ms);
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  return sluice::bench::run_cost_bench(argc, argv, "restart_time",
                                       "how long a program does without a commit after a function has thrown",
                                       sluice::bench::run);
}
