// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stdexcept>
#include <string>

namespace sluice::tool {

/// How the tool ends. The numbers are frozen: scripts test them.
enum class exit_code {
  well = 0,      ///< done, and all is well
  trouble = 1,   ///< a warning, a program that does not run, a thing that is not there
  usage = 2,     ///< the command line makes no sense, or lacks a token
  no_answer = 3, ///< nobody answers at the address, or something that is no program of Sluice
};

/// Ends a command: a sentence that says what to do, and the exit code.
class failure : public std::runtime_error {
public:
  failure(exit_code code, const std::string& sentence) : std::runtime_error{sentence}, code_{code} {}

  exit_code code() const { return code_; }

private:
  exit_code code_;
};

} // namespace sluice::tool
