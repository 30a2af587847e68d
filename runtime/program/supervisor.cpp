// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/program/supervisor.hpp>

#include <sluice/runtime/program/run.hpp>

namespace sluice {

std::optional<duration> supervisor::ended(process_end how, time_point now) {
  const auto on_purpose =
      !how.by_signal && (how.number == exit_success || how.number == exit_usage || how.number == exit_unfinished);
  if (asked_ || on_purpose)
    return std::nullopt;
  return budget_.failed(now);
}

int exit_code_of(const process_end& how) { return how.by_signal ? 128 + how.number : how.number; }

std::vector<std::string> without_supervision(const std::vector<std::string>& arguments) {
  std::vector<std::string> result;
  for (auto i = arguments.begin(); i != arguments.end(); ++i) {
    if (*i == "--") { // positional ones follow
      result.insert(result.end(), i, arguments.end());
      break;
    }
    if (*i == "--supervise" && i + 1 != arguments.end())
      ++i;
    else if (!i->starts_with("--supervise="))
      result.push_back(*i);
  }
  return result;
}

} // namespace sluice
