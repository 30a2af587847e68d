// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "contest.hpp"
#include "word_text.hpp"

namespace sluice::bench {

/// What `./dev bench` was asked to do.
struct options {
  std::vector<std::string> names; ///< of benches; none: all of them
  std::size_t rounds = 5;
  std::size_t bytes = default_text_bytes;
  std::size_t events = 50'000'000;
  std::size_t nexmark_events = 20'000'000;
  std::size_t scaling_events = 12'000'000;
  std::vector<std::size_t> threads{1, 2};
  double minutes = 1; ///< of memory_growth
  std::string json_file;

  bool wants(const std::string& bench) const;
};

/// The benches that compare programs.
std::vector<std::string> workload_names();

/// An input of theirs, made once and kept for the next time.
/// @param programs the folder with the programs
std::filesystem::path provide(const std::string& input, const std::filesystem::path& programs, const options& how);

/// Those that are wanted, ready to run: variants of a bench with as many threads follow each other. Makes their inputs,
/// if they are not there.
std::vector<contest> make_contests(const std::filesystem::path& programs, const options& how);

} // namespace sluice::bench
