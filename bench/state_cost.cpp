// SPDX-License-Identifier: BSD-3-Clause
//
// What a batch of map_with_state costs with 1,000 keys that get records, and with 1,000,000 more that get none. One
// operator by itself, so that nothing else is measured: from the encoded batch to the changes for the store.
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "cost_report.hpp"
#include "lone_operator.hpp"

namespace sluice::bench {

namespace {

constexpr std::size_t active_keys = 1'000;
constexpr std::size_t idle_keys = 1'000'000;
constexpr std::size_t batches = 2'000;
constexpr double target = 1.3;

using pair = std::pair<std::string_view, std::int64_t>;

/// Counts a key's records. A key that has had none for a year is forgotten, so that idle keys are in the time index.
dstream<pair> compose(const std::shared_ptr<detail::composition_scope>& scope) {
  return detail::add_input<pair>(scope, "records", {})
      .map_with_state(state_spec<std::int64_t>([](std::string_view key, const std::optional<std::int64_t>& value,
                                                  state<std::int64_t>& count) {
                        count.update(count.get_option().value_or(0) + value.value_or(0));
                        return pair{key, count.get()};
                      }).timeout(std::chrono::hours{24 * 365}));
}

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

void compare(cost_report& report, const char* what, bool keeps_state) {
  lone_operator<pair> few{&compose, keeps_state};
  lone_operator<pair> many{&compose, keeps_state};
  const auto active = make_batches("active ", active_keys);
  few.run(active);
  many.run(make_batches("idle ", idle_keys));
  many.run(active);
  const auto [without, with] = compare_costs(few, many, active, batches);
  std::printf("%-20s %12d %16.1f %16.1f\n", what, 0, without.median, without.mean);
  std::printf("%-20s %12zu %16.1f %16.1f\n", what, idle_keys, with.median, with.mean);
  std::printf("%-20s %12s %16.2f %16.2f   (target: at most %.1f)\n", what, "ratio", with.median / without.median,
              with.mean / without.mean, target);
  add_costs(report, what, without, with, target);
}

void run(cost_report& report) {
  std::printf("\nstate_cost: map_with_state, %zu keys with a record each in every one of %zu batches\n", active_keys,
              batches);
  std::printf("%-20s %12s %16s %16s\n", "", "idle keys", "median us/batch", "mean us/batch");
  compare(report, "in memory", false);
  compare(report, "with a checkpoint", true);
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  return sluice::bench::run_cost_bench(argc, argv, "state_cost", "Measures what idle keys cost a batch.",
                                       &sluice::bench::run);
}
