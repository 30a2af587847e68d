// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/commands.hpp>

#include <algorithm>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <sluice/tool/commands/command_set.hpp>
#include <sluice/tool/doctor/findings.hpp>

namespace sluice::tool {

namespace {

std::vector<finding> examine(const std::string& directory) {
  constexpr std::uint16_t default_port = 4040;
  std::vector<finding> result{judge_port(default_port, look_at_port(default_port))};
  for (const auto& some : {judge_machine(look_at_machine()), judge_disk(directory, measure_disk(directory))})
    result.insert(result.end(), some.begin(), some.end());
  return result;
}

nlohmann::json json_of(const std::vector<finding>& all) {
  auto result = nlohmann::json::array();
  for (const auto& x : all)
    result.push_back(
        {{"level", x.is_well ? "ok" : "warning"}, {"name", x.name}, {"text", x.text}, {"advice", x.advice}});
  return result;
}

} // namespace

void add_doctor_command(command_set& to) {
  const auto directory = std::make_shared<std::string>(".");
  auto& syntax = to.add("doctor", "Check this machine: exit code 0 if programs can run well here, else 1",
                        "sluice doctor --directory /var/lib/my-program", [&to, directory] {
                          const auto all = examine(*directory);
                          if (to.wants_json())
                            to.where().out << indented(json_of(all)) << '\n';
                          else
                            to.where().out << findings_view(all, to.where().how);
                          return std::ranges::all_of(all, &finding::is_well) ? exit_code::well : exit_code::trouble;
                        });
  syntax.add_option("--directory", *directory, "Where a checkpoint is to be: measures its room and its sync")
      ->type_name("DIR")
      ->capture_default_str();
  to.add_json(syntax);
}

} // namespace sluice::tool
