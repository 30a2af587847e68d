// SPDX-License-Identifier: BSD-3-Clause
#include "streams.hpp"

int main(int argc, char** argv) {
  return sluice::run(argc, argv,
                     {.about = "Counts the words of the lines that a TCP server sends.",
                      .arguments = {{"HOST", "where the server is", "localhost"}, {"PORT", "its port", "9999"}}},
                     [](sluice::streaming_context& ctx) {
                       const auto lines = ctx.socket_text_stream(ctx.argument("HOST"), ctx.argument<int>("PORT"));
                       count_words(lines).print();
                     });
}
