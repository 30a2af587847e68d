// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/commands.hpp>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <sluice/tool/commands/command_set.hpp>
#include <sluice/tool/text/percent.hpp>
#include <sluice/tool/views/fields.hpp>

namespace sluice::tool {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

struct options {
  std::string name;
  std::size_t lines = 0;
};

void show_record(const command_set& of, const json& record) {
  if (of.wants_json())
    of.where().out << record.dump(-1, ' ', true, json::error_handler_t::replace) << '\n';
  else
    of.where().out << text_of(record, "text") << '\n';
}

/// Until so many lines are shown, or the program ends.
exit_code follow(const command_set& of, const options& x) {
  const auto program = of.client();
  std::string last = "0";
  std::size_t shown = 0;
  for (bool is_first = true;; is_first = false) {
    try {
      const auto answer = program.get("/api/v1/tail/" + percent_encoded(x.name) + "?after=" + last);
      for (const auto& record : list_of(answer, "records")) {
        show_record(of, record);
        if (++shown == x.lines)
          return exit_code::well;
      }
      last = text_of(answer, "last");
    } catch (const unreachable& gone) {
      if (is_first || gone.why() != no_reply::not_listening)
        throw;
      of.where().err << "sluice: the program has ended\n";
      return exit_code::well;
    }
    of.where().out << std::flush;
    of.where().pause(500ms);
  }
}

} // namespace

void add_tail_command(command_set& to) {
  const auto given = std::make_shared<options>();
  auto& syntax = to.add_asking("tail",
                               "Show records that an operator emits, or an output takes, as they pass: a sample, about "
                               "20 for each partition four times a second",
                               "sluice tail map#2 --lines 10", [&to, given] { return follow(to, *given); });
  syntax.add_option("OPERATOR", given->name, "The operator, as operators lists it")->required()->type_name("");
  syntax.add_option("--lines", given->lines, "End after so many records; without it, when the program ends")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("N");
}

} // namespace sluice::tool
