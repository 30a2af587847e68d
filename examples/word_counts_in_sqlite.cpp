// SPDX-License-Identifier: BSD-3-Clause
//
// Counts the words of the text files that are moved into a directory, and keeps the counts of each batch in a table of
// an SQLite file. However often the program dies, no batch is in the table twice. Try it:
//
//   mkdir /tmp/in
//   ./dev run word_counts_in_sqlite /tmp/in /tmp/counts.db /tmp/checkpoint
//   echo to be or not to be >/tmp/in/.new && mv /tmp/in/.new /tmp/in/first
//   sqlite3 /tmp/counts.db 'SELECT word, sum(n) FROM counts GROUP BY word'
#include <functional>

#include <sluice/connectors/sqlite/sqlite_output.hpp>
#include <sluice/sluice.hpp>

using word_count = std::pair<std::string_view, int>;

int main(int argc, char** argv) {
  return sluice::run(argc, argv,
                     {.about = "Counts the words of text files, batch by batch, into an SQLite file.",
                      .arguments = {{"DIRECTORY", "where the files appear; may have wildcards"},
                                    {"DATABASE", "the SQLite file; gets a table 'counts'"},
                                    {"CHECKPOINT_DIR", "remembers what was committed"}}},
                     [](sluice::streaming_context& ctx) {
                       ctx.checkpoint(ctx.argument("CHECKPOINT_DIR"));
                       auto words = ctx.text_file_stream(ctx.argument("DIRECTORY")).flat_map(sluice::split(' '));
                       auto counts =
                           words.map([](std::string_view w) { return word_count{w, 1}; }).reduce_by_key(std::plus<>{});
                       counts.write_to(
                           sluice::sqlite_output<word_count>{
                               ctx.argument("DATABASE"), "counts", {"word", "n"}, {.time_column = "batch_ms"}},
                           "counts in SQLite");
                     });
}
