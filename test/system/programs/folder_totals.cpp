// SPDX-License-Identifier: BSD-3-Clause
//
// How often each line of the files in a directory has been seen, over all processes with the same checkpoint directory.
// For the system tests.
#include <numeric>
#include <optional>
#include <span>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  const sluice::program_info info{
      .about = "Counts lines of files, over restarts.",
      .arguments = {{"DIRECTORY", "where the files appear"}, {"CHECKPOINT_DIR", "remembers what was committed"}}};
  return sluice::run(argc, argv, info, [](sluice::streaming_context& ctx) {
    ctx.checkpoint(ctx.argument("CHECKPOINT_DIR"));
    // Small batches, so that a process often dies while it reads a file.
    ctx.text_file_stream(ctx.argument("DIRECTORY"), {.max_bytes_per_batch = 4096})
        .map([](std::string_view line) { return std::pair{line, 1}; })
        .update_state_by_key([](std::span<const int> values, std::optional<int> total) {
          return std::optional{std::accumulate(values.begin(), values.end(), total.value_or(0))};
        })
        .print(sluice::print_all);
  });
}
