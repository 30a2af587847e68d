// SPDX-License-Identifier: BSD-3-Clause
//
// The five hashtags that occurred most often in the last minute, every batch. Try it:
//
//   nc -lk 9999
//   ./dev run top_hashtags localhost 9999
#include <sluice/sluice.hpp>

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  return sluice::run(
      argc, argv,
      {.about = "Shows the most frequent #hashtags of the lines that a TCP server sends, in a sliding window.",
       .arguments = {{"HOST", "where the server is"}, {"PORT", "its port"}}},
      [](sluice::streaming_context& ctx) {
        using tag_count = std::pair<std::string_view, std::int64_t>;
        constexpr std::size_t k = 5;
        auto lines = ctx.socket_text_stream(ctx.argument("HOST"), sluice::parse_port(ctx.argument("PORT")));
        auto tags = lines.flat_map(sluice::split(' ')).filter([](std::string_view w) { return w.starts_with('#'); });
        tags.count_by_value_and_window(60 * ctx.batch_interval())
            .transform([](const sluice::rdd<tag_count>& counts) {
              const auto rarer = [](const tag_count& a, const tag_count& b) {
                return std::pair{a.second, b.first} < std::pair{b.second, a.first};
              };
              return sluice::rdd<tag_count>::of(counts.top(k, rarer));
            })
            .print();
      });
}
