// SPDX-License-Identifier: BSD-3-Clause
#include "cost_report.hpp"

#include <fstream>
#include <iostream>
#include <stdexcept>
#include <utility>

#include <CLI/CLI.hpp>

namespace sluice::bench {

cost_report::cost_report(std::string bench) : bench_{std::move(bench)} {}

void cost_report::add(const std::string& name, const nlohmann::json& value) {
  figures_.push_back({{"name", name}, {"value", value}});
}

void cost_report::add(const std::string& name, double value, std::optional<double> at_most) {
  add(name, value);
  if (!at_most)
    return;
  const auto met = value <= *at_most;
  figures_.back()["at_most"] = *at_most;
  figures_.back()["met"] = met;
  met_ = met_ && met;
}

void cost_report::write(const std::string& file) const {
  if (file.empty())
    return;
  const nlohmann::json all{{"bench", bench_}, {"figures", figures_}, {"met", met_}};
  if (!(std::ofstream{file} << all.dump(2) << '\n' << std::flush))
    throw std::runtime_error{"cannot write " + file};
}

int run_cost_bench(int argc, char** argv, const std::string& bench, const std::string& about,
                   void (*run)(cost_report&)) {
  std::string json_file;
  CLI::App app{about};
  app.add_option("--json", json_file, "Write what it found to this file")->type_name("FILE");
  CLI11_PARSE(app, argc, argv);
  try {
    cost_report report{bench};
    run(report);
    report.write(json_file);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}

} // namespace sluice::bench
