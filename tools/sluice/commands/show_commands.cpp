// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/commands.hpp>

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <sluice/tool/commands/command_set.hpp>
#include <sluice/tool/text/printable.hpp>
#include <sluice/tool/views/batches_view.hpp>
#include <sluice/tool/views/fields.hpp>
#include <sluice/tool/views/graph_drawing.hpp>
#include <sluice/tool/views/graph_view.hpp>
#include <sluice/tool/views/operators_view.hpp>
#include <sluice/tool/views/settings_view.hpp>
#include <sluice/tool/views/status_view.hpp>

namespace sluice::tool {

namespace {

using nlohmann::json;

/// A command that shows one answer.
void add_view(command_set& to, const std::string& name, const std::string& about, const std::string& path,
              std::string (*view)(const json&, const look&)) {
  to.add_asking(name, about, "sluice " + name, [&to, path, view] {
    to.show(to.client().get(path), [&](const json& x) { return view(x, to.where().how); });
    return exit_code::well;
  });
}

void add_status(command_set& to) {
  to.add_asking("status",
                "Say how the program is: exit code 0 if it runs and all is well, 1 if it does not run or warns of "
                "something",
                "sluice status --at 127.0.0.1:4041 || echo 'something is wrong'", [&to] {
                  const auto overview = to.client().get("/api/v1/overview?batches=1");
                  to.show(overview, [&to](const json& x) { return status_view(x, to.where().how); });
                  return is_well(overview) ? exit_code::well : exit_code::trouble;
                });
}

void add_graph(command_set& to) {
  const auto format = std::make_shared<std::string>("text");
  auto& syntax = to.add_asking("graph", "Show the plan: stages and operators, what they take in and how busy they are",
                               "sluice graph --format dot | dot -Tsvg > plan.svg", [&to, format] {
                                 to.show(to.client().get("/api/v1/graph"), [&](const json& x) {
                                   return *format == "dot"       ? graph_as_dot(x)
                                          : *format == "mermaid" ? graph_as_mermaid(x)
                                                                 : graph_view(x, to.where().how);
                                 });
                                 return exit_code::well;
                               });
  syntax.add_option("--format", *format, "Text, or a drawing for Graphviz or Mermaid")
      ->check(CLI::IsMember({"text", "dot", "mermaid"}).description(""))
      ->type_name("text|dot|mermaid")
      ->capture_default_str();
}

void add_operators(command_set& to) {
  const auto name = std::make_shared<std::string>();
  auto& syntax =
      to.add_asking("operators", "List the operators; or show the partitions of one, and their shares",
                    "sluice operators reduce_by_key", [&to, name] {
                      const auto client = to.client();
                      auto answer = client.get("/api/v1/graph");
                      if (!name->empty())
                        answer = client.get("/api/v1/operators/" + operator_number(answer, *name));
                      to.show(answer, [&](const json& x) {
                        return name->empty() ? operators_view(x, to.where().how) : operator_view(x, to.where().how);
                      });
                      return exit_code::well;
                    });
  syntax.add_option("NAME", *name, "An operator's name as map#2, its number, or map if one is called so")
      ->type_name("");
}

void add_batches(command_set& to) {
  struct options {
    std::string id;
    unsigned limit = 20;
  };
  const auto given = std::make_shared<options>();
  auto& syntax =
      to.add_asking("batches", "List the last batches; or show the inputs and outputs of one",
                    "sluice batches --limit 5", [&to, given] {
                      const auto client = to.client();
                      if (!given->id.empty())
                        to.show(client.get("/api/v1/batches/" + given->id),
                                [&to](const json& x) { return batch_view(x, to.where().how); });
                      else
                        to.show(client.get("/api/v1/overview?batches=" + std::to_string(given->limit)),
                                [&](const json& x) { return batches_view(x, given->limit, to.where().how); });
                      return exit_code::well;
                    });
  syntax.add_option("ID", given->id, "The number of a batch, as the list shows it")
      ->check(CLI::Validator{[](const std::string& x) {
                               return std::ranges::all_of(x, [](char c) { return c >= '0' && c <= '9'; })
                                          ? std::string{}
                                          : "a batch is named by its number, not '" + x + "'";
                             },
                             ""})
      ->type_name("");
  syntax.add_option("--limit", given->limit, "How many batches are listed")
      ->check(CLI::Range(1U, 1000U).description(""))
      ->type_name("N")
      ->capture_default_str();
}

} // namespace

void add_show_commands(command_set& to) {
  add_status(to);
  add_view(to, "reason", "Say in a sentence what limits the program now", "/api/v1/reason", reason_view);
  add_graph(to);
  add_operators(to);
  add_batches(to);
  add_view(to, "nodes", "List the processes that the program runs on", "/api/v1/nodes", nodes_view);
  add_view(to, "config", "List the options of the program", "/api/v1/config", config_view);
}

} // namespace sluice::tool
