// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/tool/commands/command_line.hpp>

#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace sluice::test {

/// What the tool did with a command line. It finds programs at `at` unless that says something else, and instead of
/// waiting it calls `pause`.
class tool_run {
public:
  explicit tool_run(
      std::vector<std::string> arguments, std::string at = "127.0.0.1:1", std::function<void()> pause = [] {}) {
    const tool::surroundings in{
        out_, err_, {}, false, std::move(at), {}, [&pause](std::chrono::milliseconds) { pause(); }, {}};
    code_ = tool::run_tool(std::move(arguments), in);
  }

  int code() const { return static_cast<int>(code_); }
  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

private:
  std::ostringstream out_;
  std::ostringstream err_;
  tool::exit_code code_{};
};

} // namespace sluice::test
