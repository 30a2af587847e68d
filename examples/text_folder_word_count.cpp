// SPDX-License-Identifier: BSD-3-Clause
//
// Counts the words of the text files that are moved into a directory. Try it:
//
//   mkdir /tmp/in
//   ./dev run text_folder_word_count /tmp/in
//   echo to be or not to be >/tmp/in/.new && mv /tmp/in/.new /tmp/in/first
#include <functional>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  return sluice::run(argc, argv,
                     {.about = "Counts the words of the text files that are moved into a directory.",
                      .arguments = {{"DIRECTORY", "where the files appear; may have wildcards"}}},
                     [](sluice::streaming_context& ctx) {
                       auto lines = ctx.text_file_stream(ctx.argument("DIRECTORY"));
                       auto words = lines.flat_map(sluice::split(' '));
                       auto counts =
                           words.map([](std::string_view w) { return std::pair{w, 1}; }).reduce_by_key(std::plus<>{});
                       counts.print();
                     });
}
