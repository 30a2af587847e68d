// SPDX-License-Identifier: BSD-3-Clause
//
// What people do with their devices: of lines like "lamp-7,power on", counts the actions of each batch, and keeps for
// each device how often it was used and what was done last. Try it:
//
//   nc -lk 9999
//   ./dev run device_actions localhost 9999
#include <optional>
#include <span>
#include <string>

#include <sluice/sluice.hpp>

namespace {

struct usage {
  std::int64_t actions;
  std::string last;
};

using action = std::pair<std::string_view, std::string_view>;

action parse_action(std::string_view line) {
  const auto comma = line.find(',');
  if (comma == line.npos)
    return {line, "unknown"};
  return {line.substr(0, comma), line.substr(comma + 1)};
}

std::optional<usage> update(std::span<const std::string> actions, std::optional<usage> known) {
  auto now = known.value_or(usage{0, ""});
  now.actions += static_cast<std::int64_t>(actions.size());
  if (!actions.empty())
    now.last = actions.back();
  return now;
}

} // namespace

int main(int argc, char** argv) {
  return sluice::run(
      argc, argv,
      {.about = "Counts the actions of devices, lines like 'lamp-7,power on', that a TCP server sends.",
       .arguments = {{"HOST", "where the server is"}, {"PORT", "its port"}}},
      [](sluice::streaming_context& ctx) {
        auto actions =
            ctx.socket_text_stream(ctx.argument("HOST"), sluice::parse_port(ctx.argument("PORT"))).map(&parse_action);
        actions.map([](const action& x) { return x.second; }).count_by_value().print();
        actions.update_state_by_key(&update).named("usage").print();
      });
}
