// SPDX-License-Identifier: BSD-3-Clause
//
// Counts the words of every batch of lines from a TCP server. Try it:
//
//   nc -lk 9999
//   ./dev run network_word_count localhost 9999
#include <functional>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  return sluice::run(argc, argv,
                     {.about = "Counts the words of the lines that a TCP server sends.",
                      .arguments = {{"HOST", "where the server is"}, {"PORT", "its port"}}},
                     [](sluice::streaming_context& ctx) {
                       auto lines =
                           ctx.socket_text_stream(ctx.argument("HOST"), sluice::parse_port(ctx.argument("PORT")));
                       auto words = lines.flat_map(sluice::split(' '));
                       auto counts =
                           words.map([](std::string_view w) { return std::pair{w, 1}; }).reduce_by_key(std::plus<>{});
                       counts.print();
                     });
}
