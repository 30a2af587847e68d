// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/commands.hpp>

#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <sluice/tool/commands/command_set.hpp>
#include <sluice/tool/text/percent.hpp>
#include <sluice/tool/text/printable.hpp>
#include <sluice/tool/views/fields.hpp>
#include <sluice/tool/views/state_view.hpp>

namespace sluice::tool {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

struct options {
  std::string what;
  std::string name;
  std::optional<std::string> key;
  std::optional<std::string> batch;
};

/// Asks until the program has read its state: it begins when somebody first asks.
json get_when_ready(const command_set& of, const std::string& target) {
  constexpr auto pause = 200ms;
  constexpr auto most = std::chrono::milliseconds{1min};
  for (auto waited = 0ms;; waited += pause) {
    try {
      return of.client().get(target);
    } catch (const not_ready&) {
      if (waited >= most)
        throw;
    }
    of.where().pause(pause);
  }
}

std::string target_of(const options& x) {
  return "/api/v1/state" + (x.name.empty() ? std::string{} : '/' + percent_encoded(x.name));
}

exit_code list(const command_set& of) {
  auto states = get_when_ready(of, "/api/v1/state");
  while (text_of(states, "status") == "reading") {
    of.where().pause(200ms);
    states = get_when_ready(of, "/api/v1/state");
  }
  if (!of.wants_json() && text_of(states, "status") == "none")
    throw failure{exit_code::trouble, text_of(states, "why")};
  of.show(states, [&of](const json& x) { return states_view(x, of.where().how); });
  return text_of(states, "status") == "ready" ? exit_code::well : exit_code::trouble;
}

exit_code look_up(const command_set& of, const options& x) {
  const auto found = get_when_ready(of, target_of(x) + "?key=" + percent_encoded(*x.key)
                                            + (x.batch ? "&batch=" + *x.batch : std::string{}));
  if (!of.wants_json() && !flag_of(found, "found"))
    throw failure{exit_code::trouble, "'" + printable(*x.key) + "' has no state in " + printable(x.name)
                                          + " as of batch " + text_of(found, "batch")};
  of.show(found, [](const json& answer) { return value_text(answer["value"]) + '\n'; });
  return flag_of(found, "found") ? exit_code::well : exit_code::trouble;
}

/// All pages, as of one batch.
exit_code dump(const command_set& of, const options& x) {
  auto batch = x.batch;
  std::string next;
  do {
    const auto page = get_when_ready(of, target_of(x) + "?limit=1000" + (batch ? "&batch=" + *batch : std::string{})
                                             + (next.empty() ? std::string{} : "&from=" + next));
    batch = text_of(page, "batch");
    next = text_of(page, "next");
    if (of.wants_json())
      for (const auto& row : list_of(page, "rows"))
        of.where().out << row.dump(-1, ' ', true, json::error_handler_t::replace) << '\n';
    else
      of.where().out << rows_view(page);
  } while (!next.empty());
  of.where().out << std::flush;
  return exit_code::well;
}

exit_code run(const command_set& of, const options& x) {
  if (x.what == "ls")
    return list(of);
  if (x.name.empty())
    throw failure{exit_code::usage, "state " + x.what + ": which operator? `sluice state ls` lists them"};
  if (x.what == "dump")
    return dump(of, x);
  if (!x.key)
    throw failure{exit_code::usage, "state get: which key? Give it after the operator"};
  return look_up(of, x);
}

} // namespace

void add_state_command(command_set& to) {
  const auto given = std::make_shared<options>();
  auto& syntax = to.add_asking("state",
                               "Look at the committed state: list the operators that keep one, get the value of a key, "
                               "or dump all keys",
                               "sluice state get word_counts apple", [&to, given] { return run(to, *given); });
  syntax.add_option("WHAT", given->what, "ls, get or dump")
      ->required()
      ->check(CLI::IsMember({"ls", "get", "dump"}).description(""))
      ->type_name("ls|get|dump");
  syntax.add_option("OPERATOR", given->name, "The operator that keeps the state, as ls lists it")->type_name("");
  syntax.add_option("KEY", given->key, "The key: a text as it is, everything else as JSON, such as [\"a\",1]")
      ->type_name("");
  syntax.add_option("--batch", given->batch, "As of the commit of this batch instead of the newest one")
      ->type_name("ID");
}

} // namespace sluice::tool
