// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <support/line_server.hpp>
#include <support/printed_batches.hpp>
#include <support/process.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace sluice::test {

using namespace std::chrono_literals;

using arguments = std::vector<std::string>;

/// How long to wait for what is bound to come: a busy machine with sanitizers is slow.
inline constexpr auto patience = 30s;

inline constexpr exit_status stopped_as_asked{0, 0};
inline constexpr exit_status failed{1, 0};
inline constexpr exit_status misused{2, 0};
inline constexpr exit_status unfinished{3, 0};

/// The command line of a program that is built beside the tests: an example, or one of test/system/programs.
inline arguments command(const std::string& program, const arguments& given) {
  const auto example = std::string{SLUICE_EXAMPLES} + '/' + program;
  arguments result{std::filesystem::exists(example) ? example : std::string{SLUICE_PROGRAMS} + '/' + program};
  result.insert(result.end(), given.begin(), given.end());
  return result;
}

inline arguments operator+(arguments a, const arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// "HOST PORT", as the socket examples take them.
inline arguments address_of(const line_server& server) { return {"127.0.0.1", std::to_string(server.port())}; }

/// A program that runs until the test ends it.
class program : public process {
public:
  explicit program(const std::string& name, const arguments& given) : process{command(name, given)} {}

  std::vector<printed_batch> batches() const { return printed_batches(out()); }

  /// Whether `counts(batches)` comes true of the batches printed to their end.
  template <class Condition>
  bool wait_for_batches(Condition condition) {
    return wait_until([&] { return condition(batches()); }, patience);
  }

  bool wait_for_batch_count(std::size_t n) {
    return wait_for_batches([n](const auto& all) { return all.size() >= n; });
  }

  exit_status stop(int with = SIGINT) {
    signal(with);
    return wait(patience).value_or(exit_status{});
  }
};

/// A worker that listens.
class worker {
public:
  explicit worker(const std::string& name = "network_word_count", const arguments& given = {}) {
    // Between finding a free port and listening there, somebody else may have taken it.
    for (auto tries = 0; tries < 5 && (!process_ || !process_->wait_for_error("worker listens at", patience));
         ++tries) {
      port_ = free_port();
      process_.emplace(name, arguments{"--node", address()} + given);
    }
  }

  /// One that is to listen at a certain address.
  worker(const std::string& name, const std::string& address)
      : port_{static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)))} {
    process_.emplace(name, arguments{"--node", address});
    BOOST_TEST_REQUIRE(process_->wait_for_error("worker listens at", patience), process_->err());
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  program& process() { return *process_; }
  program* operator->() { return &*process_; }

private:
  std::uint16_t port_ = 0;
  std::optional<program> process_;
};

/// The lines of standard error that are not the log's.
inline std::vector<std::string> complaints(const process& of) {
  static const std::regex log_line{R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (debug|info|warning|error) .*)"};
  std::vector<std::string> result;
  std::string_view rest = of.err();
  while (!rest.empty()) {
    const auto line = std::string{rest.substr(0, rest.find('\n'))};
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!std::regex_match(line, log_line))
      result.push_back(line);
  }
  return result;
}

} // namespace sluice::test
