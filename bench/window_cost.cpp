// SPDX-License-Identifier: BSD-3-Clause
//
// What a slide of reduce_by_key_and_window costs in a window of 10 batches and in one of 1,000, with an inverse
// function and without: the same records in every batch, a slide every batch.
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cost_report.hpp"
#include "lone_operator.hpp"

namespace sluice::bench {

namespace {

constexpr std::int64_t keys = 1'000;
constexpr std::size_t batches = 5'000; ///< measured, after the longer window has filled
constexpr duration batch_time_step{1000};
constexpr double target = 1.3;

using pair = std::pair<std::int64_t, std::int64_t>;

template <class Window>
lone_operator<pair> window_of(std::int64_t length, Window window) {
  return lone_operator<pair>{[=](const std::shared_ptr<detail::composition_scope>& scope) {
    return window(detail::add_input<pair>(scope, "records", {}), length * batch_time_step);
  }};
}

std::vector<batch> make_batch() {
  batch_writer<pair> out;
  for (std::int64_t k = 0; k < keys; ++k)
    out.append({k, 1});
  return {out.freeze()};
}

template <class Window>
void compare(cost_report& report, const char* name, Window window) {
  auto few = window_of(10, window);
  auto many = window_of(1'000, window);
  const auto content = make_batch();
  for (auto n = 0; n < 1'000; ++n) {
    few.run(content);
    many.run(content);
  }
  const auto [of_few, of_many] = compare_costs(few, many, content, batches);
  const auto row = [&](int length, const cost& x) {
    std::printf("%-16s %10d %16.1f %16.1f\n", name, length, x.median, x.mean);
  };
  row(10, of_few);
  row(1'000, of_many);
  std::printf("%-16s %10s %16.2f %16.2f   (target: at most %.1f)\n", name, "ratio", of_many.median / of_few.median,
              of_many.mean / of_few.mean, target);
  add_costs(report, name, of_few, of_many, target);
}

void run(cost_report& report) {
  std::printf("\nwindow_cost: reduce_by_key_and_window, %lld keys a batch, a slide a batch, %zu slides\n",
              static_cast<long long>(keys), batches);
  std::printf("%-16s %10s %16s %16s\n", "function", "batches", "median us/slide", "mean us/slide");
  compare(report, "without inverse",
          [](const dstream<pair>& in, duration length) { return in.reduce_by_key_and_window(std::plus<>{}, length); });
  compare(report, "with inverse", [](const dstream<pair>& in, duration length) {
    return in.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, length);
  });
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  return sluice::bench::run_cost_bench(argc, argv, "window_cost", "Measures what the length of a window costs a slide.",
                                       &sluice::bench::run);
}
