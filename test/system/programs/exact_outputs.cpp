// SPDX-License-Identifier: BSD-3-Clause
//
// The lines of files, batch by batch, in directories of text and in a table of an SQLite file. For the system tests.
#include <sluice/connectors/sqlite/sqlite_output.hpp>
#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  const sluice::program_info info{.about = "Copies lines of files to files and to SQLite, over restarts.",
                                  .arguments = {{"DIRECTORY", "where the files appear"},
                                                {"CHECKPOINT_DIR", "remembers what was committed"},
                                                {"OUTPUT_DIR", "gets lines-TIME for each batch, and lines.db"}}};
  return sluice::run(argc, argv, info, [](sluice::streaming_context& ctx) {
    ctx.checkpoint(ctx.argument("CHECKPOINT_DIR"));
    const auto to = ctx.argument("OUTPUT_DIR");
    // Small batches, so that a process often dies between those of one file.
    auto lines = ctx.text_file_stream(ctx.argument("DIRECTORY"), {.max_bytes_per_batch = 4096}).repartition(2);
    lines.save_as_text_files(to + "/lines");
    lines.write_to(
        sluice::sqlite_output<std::string_view>{to + "/lines.db", "lines", {"line"}, {.time_column = "batch_ms"}},
        "lines in SQLite");
    lines.count().print();
  });
}
