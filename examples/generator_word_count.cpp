// SPDX-License-Identifier: BSD-3-Clause
//
// Counts made-up words: nothing else is needed to see batches go by.
#include <functional>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  return sluice::run(
      argc, argv, {.about = "Counts made-up words, batch by batch."}, [](sluice::streaming_context& ctx) {
        auto lines = ctx.generator_stream({.lines_per_second = 10000});
        auto words = lines.flat_map(sluice::split(' '));
        auto counts = words.map([](std::string_view w) { return std::pair{w, 1}; }).reduce_by_key(std::plus<>{});
        counts.print();
        lines.count().print();
      });
}
