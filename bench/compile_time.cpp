// SPDX-License-Identifier: BSD-3-Clause
//
// What a program of twenty operators takes to compile: `compile_twenty_operators`, beside this program, does it as the
// build does.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <sys/resource.h>

#include "cost_report.hpp"

namespace sluice::bench {

namespace {

constexpr double most_cpu_seconds = 15;

void run(cost_report& report) {
  std::printf("\ncompile_time: a program of 20 operators, -O2\n");
  std::fflush(stdout);
  const auto programs = std::filesystem::canonical("/proc/self/exe").parent_path();
  if (std::system(("'" + (programs / "compile_twenty_operators").string() + "'").c_str()) != 0)
    throw std::runtime_error{"compile_time: the program of twenty operators does not compile"};
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  const auto seconds = static_cast<double>(used.ru_utime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec) / 1e6;
  std::printf("CPU s %.3f   (target: at most %.0f)\n", seconds, most_cpu_seconds);
  report.add("CPU s", seconds, most_cpu_seconds);
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  return sluice::bench::run_cost_bench(argc, argv, "compile_time",
                                       "Measures how long a program of twenty operators takes to compile.",
                                       &sluice::bench::run);
}
