// SPDX-License-Identifier: BSD-3-Clause
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <sluice/tool/commands/command_line.hpp>

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(sluice::tool::run_tool(arguments, sluice::tool::of_this_process()));
  } catch (const std::exception& x) {
    std::cerr << "sluice: " << x.what() << '\n';
    return static_cast<int>(sluice::tool::exit_code::trouble);
  }
}
