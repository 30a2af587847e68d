// SPDX-License-Identifier: BSD-3-Clause
//
// Counts the words of the last 30 seconds, every 10 seconds. What has left the window is taken away again, so a slide
// costs what enters and leaves, however long the window is. Try it:
//
//   nc -lk 9999
//   ./dev run windowed_network_word_count localhost 9999
#include <functional>

#include <sluice/sluice.hpp>

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  return sluice::run(argc, argv,
                     {.about = "Counts the words that a TCP server has sent in the last 30 batches, every 10 batches.",
                      .arguments = {{"HOST", "where the server is"}, {"PORT", "its port"}}},
                     [](sluice::streaming_context& ctx) {
                       const auto batch = ctx.batch_interval();
                       auto lines =
                           ctx.socket_text_stream(ctx.argument("HOST"), sluice::parse_port(ctx.argument("PORT")));
                       auto ones =
                           lines.flat_map(sluice::split(' ')).map([](std::string_view w) { return std::pair{w, 1}; });
                       ones.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, 30 * batch, 10 * batch, {},
                                                     [](const auto& count) { return count.second != 0; })
                           .print();
                     });
}
