// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/commands.hpp>

#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <sluice/tool/commands/command_set.hpp>
#include <sluice/tool/text/percent.hpp>
#include <sluice/tool/views/fields.hpp>
#include <sluice/tool/views/operators_view.hpp>

namespace sluice::tool {

namespace {

using nlohmann::json;

void tell_input(const command_set& of, const std::string& input, const std::string& what, const json& body,
                const std::string& said) {
  of.show(of.client().post("/api/v1/inputs/" + percent_encoded(input) + '/' + what, body),
          [&](const json&) { return input + ' ' + said + '\n'; });
}

void add_switch(command_set& to, const std::string& name, const std::string& about, const std::string& said) {
  const auto input = std::make_shared<std::string>();
  auto& syntax = to.add_asking(name, about, "sluice " + name + " orders", [&to, input, name, said] {
    tell_input(to, *input, name, json::object(), said);
    return exit_code::well;
  });
  syntax.add_option("INPUT", *input, "The input, as status lists it")->required()->type_name("");
}

void add_max_rate(command_set& to) {
  struct options {
    std::string input;
    std::string rate;
  };
  const auto given = std::make_shared<options>();
  auto& syntax = to.add_asking("max-rate", "Limit the records per second of an input, until the program ends",
                               "sluice max-rate orders 1000", [&to, given] {
                                 json rate = nullptr;
                                 if (given->rate != "default")
                                   rate = std::stod(given->rate);
                                 tell_input(to, given->input, "max-rate", {{"recordsPerSecond", rate}},
                                            rate.is_null() ? "has the limit of the program again"
                                            : rate == 0    ? "has no limit"
                                                           : "may give " + given->rate + " records per second");
                                 return exit_code::well;
                               });
  syntax.add_option("INPUT", given->input, "The input, as status lists it")->required()->type_name("");
  syntax.add_option("RATE", given->rate, "Records per second; 0 for no limit, default for the program's own")
      ->required()
      ->check((CLI::NonNegativeNumber | CLI::IsMember({"default"})).description(""))
      ->type_name("");
}

void add_restart(command_set& to) {
  const auto name = std::make_shared<std::string>();
  auto& syntax = to.add_asking(
      "restart", "Let the running program go back to its last commit and go on from there, as after a failure",
      "sluice restart", [&to, name] {
        const auto client = to.client();
        const auto path = name->empty()
                              ? std::string{"/api/v1/restart"}
                              : "/api/v1/operators/" + operator_number(client.get("/api/v1/graph"), *name) + "/restart";
        to.show(client.post(path, json::object()), [](const json& x) { return text_of(x, "state") + '\n'; });
        return exit_code::well;
      });
  syntax.add_option("OPERATOR", *name, "The operator that is the reason; all of them go back")->type_name("");
}

} // namespace

void add_input_commands(command_set& to) {
  add_switch(to, "pause", "Let an input give nothing until it is resumed", "is paused");
  add_switch(to, "resume", "Let a paused input go on", "goes on");
  add_max_rate(to);
  add_restart(to);
}

} // namespace sluice::tool
