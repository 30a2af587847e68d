// SPDX-License-Identifier: BSD-3-Clause
//
// Programs that do the same work, what their runs measured, and how that is shown.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "measurement.hpp"

namespace sluice::bench {

/// A program: one line of the table.
struct contender {
  std::string name;
  std::string as_reference; ///< "limit": all are compared with it in a column "of limit"; empty: none is
  std::string command;      ///< without the input
  std::vector<measurement> runs = {};

  /// Half of the runs are faster, half are slower; the same for what they used.
  measurement median() const;
};

/// Programs that do the same work with as many threads.
struct contest {
  std::string bench;
  std::string variant; ///< which one of a bench that has many, which then share a table; or none
  std::size_t threads;
  std::string title;
  std::string unit; ///< what the records are
  std::filesystem::path input;
  std::vector<contender> contenders; ///< the references first; with a variant, one of them and one program
};

/// Runs every program once.
void run_round(contest& x);

/// Whether all runs of all contenders came to the same result; says so if not.
bool agree(const contest& x);

/// Prints a table of a contest, or of all variants of a bench.
void print(std::span<const contest> variants);

nlohmann::json describe(const contest& x);

} // namespace sluice::bench
