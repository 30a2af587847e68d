// SPDX-License-Identifier: BSD-3-Clause
//
// What a bench found that compares Sluice with itself and prints a table of its own, for programs to read.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace sluice::bench {

/// Figures by name, and whether those that have a target meet it. As JSON: `{"bench": "window_cost", "figures":
/// [{"name": "with inverse, ratio of medians", "value": 1.1, "at_most": 1.3, "met": true}, …], "met": true}`.
class cost_report {
public:
  explicit cost_report(std::string bench);

  /// A figure without a target: a number, or a list of them. Its name says the unit.
  void add(const std::string& name, const nlohmann::json& value);

  /// One that may be so much, or has no target.
  void add(const std::string& name, double value, std::optional<double> at_most);

  /// Whether no figure is more than it may be.
  bool meets_targets() const { return met_; }

  /// Writes all of it; nothing without a file. Throws std::runtime_error if it cannot.
  void write(const std::string& file) const;

private:
  std::string bench_;
  nlohmann::json figures_ = nlohmann::json::array();
  bool met_ = true;
};

/// The main function of a bench with no option but `--json`: `run` prints the table and adds what it found.
int run_cost_bench(int argc, char** argv, const std::string& bench, const std::string& about,
                   void (*run)(cost_report&));

} // namespace sluice::bench
