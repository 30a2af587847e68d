// SPDX-License-Identifier: BSD-3-Clause
#include "run_program.hpp"

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

namespace sluice::bench {

measurement run_program(const std::string& command, const std::filesystem::path& input) {
  const auto line = command + " '" + input.string() + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe{popen(line.c_str(), "r"), pclose};
  if (!pipe)
    throw std::runtime_error{"cannot run " + line};
  std::string output;
  std::array<char, 1024> part;
  while (std::fgets(part.data(), part.size(), pipe.get()) != nullptr)
    output += part.data();
  try {
    return from_json(output);
  } catch (const std::exception& e) {
    throw std::runtime_error{line + ": " + e.what()};
  }
}

} // namespace sluice::bench
