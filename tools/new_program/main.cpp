// SPDX-License-Identifier: BSD-3-Clause
#include "streams.hpp"

int main(int argc, char** argv) {
  return sluice::run(argc, argv,
                     {.about = "Counts the words of the lines that a TCP server sends.",
                      .arguments = {{"HOST", "where the server is"}, {"PORT", "its port"}}},
                     [](sluice::streaming_context& ctx) {
                       const auto port = sluice::parse_port(ctx.argument("PORT"));
                       count_words(ctx.socket_text_stream(ctx.argument("HOST"), port)).print();
                     });
}
