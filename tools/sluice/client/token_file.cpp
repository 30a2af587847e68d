// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/client/token_file.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <sluice/tool/client/failure.hpp>

namespace sluice::tool {

std::string read_token(const std::string& path) {
  constexpr std::size_t longest = 1024;
  std::string line;
  errno = 0;
  if (std::ifstream file{path}; !file || !std::getline(file, line)) {
    const auto why = errno == 0 ? std::string{"it is empty"} : std::generic_category().message(errno);
    throw failure{exit_code::usage, "the token file " + path + " cannot be read: " + why};
  }
  while (line.ends_with(' ') || line.ends_with('\t') || line.ends_with('\r'))
    line.pop_back();
  const auto is_proper = std::ranges::all_of(line, [](char x) { return x > ' ' && x < '\x7f'; });
  if (line.empty() || line.size() > longest || !is_proper)
    throw failure{exit_code::usage, "the first line of " + path
                                        + " is no token; give the file that the program got with --ui-token-file"};
  return line;
}

} // namespace sluice::tool
