// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/commands.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <sluice/tool/commands/command_set.hpp>
#include <sluice/tool/views/events_view.hpp>
#include <sluice/tool/views/fields.hpp>

namespace sluice::tool {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

struct options {
  bool follow = false;
  std::string level = "info";
};

json at_least(json events, const std::string& level) {
  auto kept = json::array();
  for (const auto& x : list_of(events, "events"))
    if (is_at_least(text_of(x, "level"), level))
      kept.push_back(x);
  events["events"] = std::move(kept);
  return events;
}

void show_more(const command_set& of, const json& events, const std::string& level) {
  if (of.wants_json())
    for (const auto& x : list_of(at_least(events, level), "events"))
      of.where().out << x.dump(-1, ' ', true, json::error_handler_t::replace) << '\n';
  else
    of.where().out << events_view(events, level, of.where().how);
  of.where().out << std::flush;
}

/// The number of the newest event of an answer, in the bounds of what JSON can count.
std::uint64_t last_of(const json& events) {
  return static_cast<std::uint64_t>(std::clamp(number_of(events, "last").value_or(0), 0.0, 9e15));
}

/// Until the program ends. One that was started again in its place counts its events from the beginning.
exit_code follow(const command_set& of, const std::string& level) {
  const auto program = of.client();
  std::string id;
  std::uint64_t last = 0;
  for (;; of.where().pause(1s)) {
    try {
      const auto now = text_of(program.get("/api/v1/overview?batches=0"), "id");
      last = now == id ? last : 0;
      const auto events = program.get("/api/v1/events?after=" + std::to_string(last));
      last = last_of(events);
      show_more(of, events, level);
      id = now;
    } catch (const unreachable& x) {
      if (id.empty() || x.why() != no_reply::not_listening)
        throw;
      of.where().err << "sluice: the program has ended\n";
      return exit_code::well;
    }
  }
}

} // namespace

void add_events_command(command_set& to) {
  const auto given = std::make_shared<options>();
  auto& syntax = to.add_asking("events", "List what has happened: starts, failures, what limits the program, commits",
                               "sluice events --follow --level warning", [&to, given] {
                                 if (given->follow)
                                   return follow(to, given->level);
                                 to.show(at_least(to.client().get("/api/v1/events"), given->level),
                                         [&](const json& x) { return events_view(x, given->level, to.where().how); });
                                 return exit_code::well;
                               });
  syntax.add_flag("--follow", given->follow, "Go on with new events until the program ends");
  syntax.add_option("--level", given->level, "Leave out what matters less")
      ->check(CLI::IsMember({"info", "warning", "error"}).description(""))
      ->type_name("info|warning|error")
      ->capture_default_str();
}

} // namespace sluice::tool
