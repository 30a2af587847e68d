// SPDX-License-Identifier: BSD-3-Clause
//
// Counts the words of each batch and appends them to a file, one line a word: batch time, word, count. Started again
// with the same directory, it goes on where the last committed batch ended.
#include <fstream>
#include <functional>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  const sluice::program_info info{.about = "Counts words into a file, over restarts.",
                                  .arguments = {{"HOST", "where the server is"},
                                                {"PORT", "its port"},
                                                {"CHECKPOINT_DIR", "remembers what was committed"},
                                                {"OUTPUT_FILE", "to append the counts to"}}};
  return sluice::run(argc, argv, info, [](sluice::streaming_context& ctx) {
    ctx.checkpoint(ctx.argument("CHECKPOINT_DIR"));
    auto lines = ctx.socket_text_stream(ctx.argument("HOST"), sluice::parse_port(ctx.argument("PORT")));
    auto words = lines.flat_map(sluice::split(' ')).map([](std::string_view w) { return std::pair{w, 1}; });
    words.reduce_by_key(std::plus<>{}).foreach_rdd([file = ctx.argument("OUTPUT_FILE")](const auto& counts, auto time) {
      std::ofstream out{file, std::ios::app};
      counts.for_each([&](const auto& x) { out << time.ms() << ' ' << x.first << ' ' << x.second << '\n'; });
      if (!out.flush())
        throw std::runtime_error{"cannot write to " + file};
    });
  });
}
