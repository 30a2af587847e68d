// SPDX-License-Identifier: BSD-3-Clause
//
// The program that the torture kit kills. It counts the words of files that are moved into a directory, one word a
// line, over all processes with the same checkpoint directory. Each word that arrives is an update in the output, with
// its count so far: "(word,3)". So of a word that came n times, the output of one uninterrupted run has the updates 1
// to n, however the files fell into batches.
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  const sluice::program_info info{
      .about = "Counts the words of files, and writes every new count.",
      .arguments = {{"INPUT_DIR", "where the files appear"},
                    {"CHECKPOINT_DIR", "remembers what was committed"},
                    {"OUTPUT_PREFIX", "a batch goes into the directory OUTPUT_PREFIX-TIME.txt"}}};
  return sluice::run(argc, argv, info, [](sluice::streaming_context& ctx) {
    ctx.checkpoint(ctx.argument("CHECKPOINT_DIR"));
    // Small batches, so that a process often dies while it reads a file.
    ctx.text_file_stream(ctx.argument("INPUT_DIR"), {.max_bytes_per_batch = 16384})
        .map([](std::string_view word) { return std::pair{word, 1}; })
        .map_with_state(sluice::state_spec<std::int64_t>(
            [](std::string_view word, const std::optional<int>& n, sluice::state<std::int64_t>& count) {
              count.update(count.get_option().value_or(0) + n.value_or(0));
              return std::pair{word, count.get()};
            }))
        .save_as_text_files(ctx.argument("OUTPUT_PREFIX"), "txt");
  });
}
