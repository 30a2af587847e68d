// SPDX-License-Identifier: BSD-3-Clause
//
// Counts all words since the beginning, and goes on counting after a restart with the same directory.
#include <numeric>
#include <optional>
#include <span>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  return sluice::run(
      argc, argv,
      {.about = "Counts all words that a TCP server has sent since the beginning.",
       .arguments = {{"HOST", "where the server is"},
                     {"PORT", "its port"},
                     {"CHECKPOINT_DIR", "keeps the counts over restarts"}}},
      [](sluice::streaming_context& ctx) {
        ctx.checkpoint(ctx.argument("CHECKPOINT_DIR"));
        auto lines = ctx.socket_text_stream(ctx.argument("HOST"), sluice::parse_port(ctx.argument("PORT")));
        auto ones = lines.flat_map(sluice::split(' ')).map([](std::string_view w) { return std::pair{w, 1}; });
        auto totals = ones.update_state_by_key([](std::span<const int> values, std::optional<int> total) {
          return std::optional{std::accumulate(values.begin(), values.end(), total.value_or(0))};
        });
        totals.named("totals").print();
      });
}
