// SPDX-License-Identifier: BSD-3-Clause
//
// Joins a stream with a dataset that may change while it runs: lines like "ann: buy now" are passed unless their sender
// is in a file of spammers, one a line, which is read again for every batch. Try it:
//
//   nc -lk 9999
//   echo bob > spammers
//   ./dev run spam_filter localhost 9999 spammers
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <sluice/sluice.hpp>

namespace {

using message = std::pair<std::string_view, std::string_view>;
using spammer = std::pair<std::string_view, bool>;

message parse_message(std::string_view line) {
  const auto colon = line.find(": ");
  if (colon == line.npos)
    return {"somebody", line};
  return {line.substr(0, colon), line.substr(colon + 2)};
}

sluice::rdd<spammer> read_spammers(const std::string& path) {
  std::ifstream file{path};
  if (!file)
    throw std::runtime_error{"cannot read the spammers in '" + path + "'"};
  std::vector<std::pair<std::string, bool>> result;
  for (std::string name; std::getline(file, name);)
    result.emplace_back(name, true);
  return sluice::rdd<spammer>::of(result);
}

} // namespace

int main(int argc, char** argv) {
  return sluice::run(
      argc, argv,
      {.about = "Passes the messages that a TCP server sends, but not those of known spammers.",
       .arguments = {{"HOST", "where the server is"},
                     {"PORT", "its port"},
                     {"SPAMMERS", "a file with the name of a spammer a line"}}},
      [](sluice::streaming_context& ctx) {
        auto messages =
            ctx.socket_text_stream(ctx.argument("HOST"), sluice::parse_port(ctx.argument("PORT"))).map(&parse_message);
        messages
            .transform([path = ctx.argument("SPAMMERS")](const sluice::rdd<message>& batch) {
              return batch.subtract_by_key(read_spammers(path));
            })
            .print();
      });
}
