// SPDX-License-Identifier: BSD-3-Clause
//
// Counts words and appends each batch's counts to a file. Run again with the same directory it continues after the last
// committed batch. `get_or_create` is the long form, for programs that own their main function.
#include <csignal>
#include <fstream>
#include <functional>
#include <iostream>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::cerr << "usage: recoverable_network_word_count HOST PORT CHECKPOINT_DIR OUTPUT_FILE\n";
    return sluice::exit_usage;
  }
  auto compose = [argv](sluice::streaming_context& ctx) {
    auto lines = ctx.socket_text_stream(argv[1], sluice::parse_port(argv[2]));
    auto words = lines.flat_map(sluice::split(' ')).map([](std::string_view w) { return std::pair{w, 1}; });
    words.reduce_by_key(std::plus<>{}).foreach_rdd([file = std::string{argv[4]}](const auto& counts, auto time) {
      std::ofstream out{file, std::ios::app};
      counts.for_each([&](const auto& x) { out << time.ms() << ' ' << x.first << ' ' << x.second << '\n'; });
    });
  };
  auto ctx = sluice::streaming_context::get_or_create(argv[3], std::chrono::seconds{1}, compose);
  ctx->start();
  ctx->await_termination();
} catch (const std::exception& e) {
  std::cerr << "error: " << e.what() << '\n';
  return sluice::exit_failure;
}
