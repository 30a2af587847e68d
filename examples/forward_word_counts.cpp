// SPDX-License-Identifier: BSD-3-Clause
//
// Sends every batch's word counts to a TCP server, over one connection a partition: opened where it is needed, used for
// all records of the partition, closed after them. Try it:
//
//   nc -lk 9999
//   nc -lk 9998
//   ./dev run forward_word_counts localhost 9999 localhost 9998
#include <functional>
#include <span>
#include <stdexcept>

#include <boost/asio/ip/tcp.hpp>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  return sluice::run(
      argc, argv,
      {.about = "Counts the words of the lines that a TCP server sends, and sends the counts to another one.",
       .arguments = {{"HOST", "where the lines come from"},
                     {"PORT", "its port"},
                     {"TO_HOST", "where the counts go"},
                     {"TO_PORT", "its port"}}},
      [](sluice::streaming_context& ctx) {
        using word_count = std::pair<std::string_view, int>;
        auto lines = ctx.socket_text_stream(ctx.argument("HOST"), sluice::parse_port(ctx.argument("PORT")));
        auto ones = lines.flat_map(sluice::split(' ')).map([](std::string_view w) { return std::pair{w, 1}; });
        const auto send = [host = ctx.argument("TO_HOST"),
                           port = ctx.argument("TO_PORT")](std::span<const word_count> counts) {
          if (counts.empty())
            return;
          boost::asio::ip::tcp::iostream connection{host, port};
          for (const auto& [word, n] : counts)
            connection << word << ' ' << n << '\n';
          if (!connection.flush())
            throw std::runtime_error{"cannot send to " + host + ':' + port + ": " + connection.error().message()};
        };
        ones.reduce_by_key(std::plus<>{}).foreach_rdd([send](const sluice::rdd<word_count>& counts) {
          counts.for_each_partition(send);
        });
      });
}
