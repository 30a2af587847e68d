// SPDX-License-Identifier: BSD-3-Clause
//
// How often each number of a queue that persists has been seen, over all processes with the same checkpoint directory.
// The program pushes the same sets each time it is composed. For the system tests.
#include <memory>
#include <numeric>
#include <optional>
#include <span>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  const sluice::program_info info{
      .about = "Counts the numbers of a queue, over restarts.",
      .arguments = {{"SETS", "how many there are"}, {"CHECKPOINT_DIR", "remembers what was committed"}}};
  return sluice::run(argc, argv, info, [](sluice::streaming_context& ctx) {
    ctx.checkpoint(ctx.argument("CHECKPOINT_DIR"));
    auto queue = std::make_shared<sluice::record_queue<int>>();
    for (int i = 0; i < std::stoi(ctx.argument("SETS")); ++i)
      queue->push({i, i, i});
    ctx.queue_stream(queue, {.persistent = true})
        .map([](int x) { return std::pair{x, 1}; })
        .update_state_by_key([](std::span<const int> values, std::optional<int> total) {
          return std::optional{std::accumulate(values.begin(), values.end(), total.value_or(0))};
        })
        .print(sluice::print_all);
  });
}
