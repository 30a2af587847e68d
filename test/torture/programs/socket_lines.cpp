// SPDX-License-Identifier: BSD-3-Clause
//
// Prints every line that a server sends, as a record of its own. For the lossy network of the torture kit.
#include <chrono>
#include <cstdint>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  const sluice::program_info info{.about = "Prints the lines that a server sends.",
                                  .arguments = {{"HOST", "of the server"}, {"PORT", "of the server"}}};
  return sluice::run(argc, argv, info, [](sluice::streaming_context& ctx) {
    const auto port = ctx.argument<std::uint16_t>("PORT");
    ctx.socket_text_stream(ctx.argument("HOST"), port, {.reconnect_delay = std::chrono::milliseconds{20}})
        .print(sluice::print_all);
  });
}
