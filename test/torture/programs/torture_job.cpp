// SPDX-License-Identifier: BSD-3-Clause
//
// The program that the torture kit kills. It counts the words of files that are moved into a directory, one word a
// line, over all processes with the same checkpoint directory. Each word that arrives is an update in the output, with
// its count so far: "(word,3)". So of a word that came n times, the output of one uninterrupted run has the updates 1
// to n, however the files fell into batches.
//
// With --server it counts the words of a TCP server as well, which it acknowledges when they are in the write-ahead
// log. The server sends again what was not acknowledged, so each line has a number of the server's, "17 word", and a
// number that is known is dropped.
//
// With --sqlite the same updates go to the table `updates` of an SQLite file. A build without that connector has no
// such option, which is how the kit knows.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#ifdef TORTURE_SQLITE
#include <sluice/connectors/sqlite/sqlite_output.hpp>
#endif
#include <sluice/sluice.hpp>

namespace {

/// A word and its count so far.
using update = std::pair<std::string_view, std::int64_t>;

/// The words of the server, each once.
sluice::dstream<std::string> words_of_server(sluice::streaming_context& ctx, int port) {
  ctx.write_ahead_log();
  return ctx.socket_text_stream("127.0.0.1", port, {.acknowledge = sluice::acknowledgement::durable})
      .map([](std::string_view line) {
        const auto space = std::min(line.find(' '), line.size());
        return std::pair{line.substr(0, space), line.substr(std::min(space + 1, line.size()))};
      })
      .map_with_state(sluice::state_spec<bool>(
          [](std::string_view, const std::optional<std::string_view>& word, sluice::state<bool>& is_known) {
            const auto is_new = !is_known.exists();
            is_known.update(true);
            return std::string{is_new && word ? *word : std::string_view{}};
          }))
      .filter([](const std::string& word) { return !word.empty(); });
}

#ifdef TORTURE_SQLITE
const std::vector<sluice::program_option> options_of_outputs{{"--sqlite", "FILE", "gets the updates as well", ""}};

void write_to_sqlite(sluice::streaming_context& ctx, const sluice::dstream<update>& updates) {
  if (const auto file = ctx.argument("--sqlite"); !file.empty())
    updates.write_to(sluice::sqlite_output<update>{file, "updates", {"word", "n"}}, "updates in SQLite");
}
#else
const std::vector<sluice::program_option> options_of_outputs;

void write_to_sqlite(sluice::streaming_context&, const sluice::dstream<update>&) {}
#endif

} // namespace

int main(int argc, char** argv) {
  sluice::program_info info{
      .about = "Counts the words of files, and writes every new count.",
      .arguments = {{"INPUT_DIR", "where the files appear"},
                    {"CHECKPOINT_DIR", "remembers what was committed"},
                    {"OUTPUT_PREFIX", "a batch goes into the directory OUTPUT_PREFIX-TIME.txt"}},
      .options = {{"--server", "PORT", "of a server on this machine that sends numbered words as well", ""}}};
  info.options.insert(info.options.end(), options_of_outputs.begin(), options_of_outputs.end());
  return sluice::run(argc, argv, info, [](sluice::streaming_context& ctx) {
    ctx.checkpoint(ctx.argument("CHECKPOINT_DIR"));
    // Small batches, so that a process often dies while it reads a file.
    auto words =
        ctx.text_file_stream(ctx.argument("INPUT_DIR"), {.max_bytes_per_batch = 16384}).map([](std::string_view word) {
          return std::string{word};
        });
    if (!ctx.argument("--server").empty())
      words = words.union_with(words_of_server(ctx, ctx.argument<int>("--server")));
    const auto updates =
        words.map([](const std::string& word) { return std::pair{std::string_view{word}, 1}; })
            .map_with_state(sluice::state_spec<std::int64_t>(
                [](std::string_view word, const std::optional<int>& n, sluice::state<std::int64_t>& count) {
                  count.update(count.get_option().value_or(0) + n.value_or(0));
                  return update{word, count.get()};
                }));
    updates.save_as_text_files(ctx.argument("OUTPUT_PREFIX"), "txt");
    write_to_sqlite(ctx, updates);
  });
}
