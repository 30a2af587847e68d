// SPDX-License-Identifier: BSD-3-Clause
//
// What a batch of map_with_state costs with 1,000 keys that get records, and with 1,000,000 more that get none. One
// operator by itself, so that nothing else is measured: from the encoded batch to the changes for the store.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sluice/operators/dstream.hpp>

namespace sluice::bench {

namespace {

constexpr std::size_t active_keys = 1'000;
constexpr std::size_t idle_keys = 1'000'000;
constexpr std::size_t batches = 2'000;
constexpr double target = 1.3;

using pair = std::pair<std::string_view, std::int64_t>;

/// Forgets what it gets.
class empty_sink : public sink<pair> {
public:
  void push(std::span<const pair> /*chunk*/) override {}
};

class measured_operator {
public:
  measured_operator() : logic_{make()} {}

  /// Runs one batch and returns what it took, in microseconds.
  double run(const std::vector<batch>& content) {
    const auto start = std::chrono::steady_clock::now();
    time_ = time_ + duration{1000};
    logic_->open(time_);
    for (const auto& records : content)
      if (const auto problem = logic_->receive({}, {}, records))
        throw runtime_failure{describe(problem)};
    grid_.ends(time_);
    logic_->close(time_, effects_);
    effects_.clear();
    return std::chrono::duration<double, std::micro>{std::chrono::steady_clock::now() - start}.count();
  }

private:
  /// Counts a key's records. A key that has had none for a year is forgotten, so that idle keys are in the time index.
  std::unique_ptr<stage_operator> make() {
    const auto scope = std::make_shared<detail::composition_scope>();
    const auto counts =
        detail::add_input<pair>(scope, "records", {})
            .map_with_state(state_spec<std::int64_t>([](std::string_view key, const std::optional<std::int64_t>& value,
                                                        state<std::int64_t>& count) {
                              count.update(count.get_option().value_or(0) + value.value_or(0));
                              return pair{key, count.get()};
                            }).timeout(std::chrono::hours{24 * 365}));
    return scope->graph.node(counts.ref().node)
        .factory.make({.name = "counts", .partition = {}, .consumers = consumers_, .grid = &grid_});
  }

  empty_sink out_;
  std::vector<any_sink*> consumers_{&out_};
  batch_grid grid_{duration{1000}};
  std::unique_ptr<stage_operator> logic_;
  batch_time time_;
  stage_effects effects_;
};

/// A record for each key, which is the least that makes a key active.
std::vector<batch> make_batches(const std::string& prefix, std::size_t keys) {
  std::vector<batch> result;
  batch_writer<pair> out;
  for (std::size_t k = 0; k < keys; ++k) {
    out.append({prefix + std::to_string(k), 1});
    if (out.size() >= send_bytes)
      result.push_back(out.freeze());
  }
  result.push_back(out.freeze());
  return result;
}

struct cost {
  double median = 0; ///< microseconds a batch
  double mean = 0;   ///< with the batches that write a snapshot of all keys
};

cost summary(std::vector<double> times) {
  double sum = 0;
  for (const auto x : times)
    sum += x;
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
  return {times[times.size() / 2], sum / static_cast<double>(times.size())};
}

void run() {
  measured_operator few;
  measured_operator many;
  const auto active = make_batches("active ", active_keys);
  few.run(active);
  many.run(make_batches("idle ", idle_keys));
  many.run(active);
  std::vector<double> few_times;
  std::vector<double> many_times;
  for (std::size_t n = 0; n < batches; ++n) { // in turn, so that whatever else the machine does meets both
    few_times.push_back(few.run(active));
    many_times.push_back(many.run(active));
  }
  const auto without = summary(std::move(few_times));
  const auto with = summary(std::move(many_times));
  std::printf("\nstate_cost: map_with_state, %zu keys with a record each in every one of %zu batches\n", active_keys,
              batches);
  std::printf("%-22s %16s %16s\n", "idle keys", "median us/batch", "mean us/batch");
  std::printf("%-22d %16.1f %16.1f\n", 0, without.median, without.mean);
  std::printf("%-22zu %16.1f %16.1f\n", idle_keys, with.median, with.mean);
  std::printf("%-22s %16.2f %16.2f   (target of the median: at most %.1f)\n", "ratio", with.median / without.median,
              with.mean / without.mean, target);
}

} // namespace

} // namespace sluice::bench

int main() {
  try {
    sluice::bench::run();
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
