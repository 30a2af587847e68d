// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "../support/http_client.hpp"
#include "../support/process.hpp"

#include <chrono>
#include <cstdint>
#include <regex>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace sluice::test {

using namespace std::chrono_literals;

/// A program that serves its page on any port.
class watched_program {
public:
  /// @param before a command that runs it, such as `nice`
  explicit watched_program(const std::string& what, const std::vector<std::string>& more = {},
                           const std::vector<std::string>& before = {})
      : process_{command_line(what, more, before)} {
    BOOST_REQUIRE(process_.wait_until([this] { return process_.err().find("the page of this program") != npos; }, 20s));
    std::smatch found;
    const auto text = process_.err();
    BOOST_REQUIRE(std::regex_search(text, found, std::regex{R"(http://127\.0\.0\.1:(\d+))"}));
    port_ = static_cast<std::uint16_t>(std::stoi(found[1]));
  }

  process& real() { return process_; }

  http_answer request(const std::string& head, const std::string& body = "") const {
    http_client client{port_};
    return client.ask(head + "Host: 127.0.0.1:" + std::to_string(port_)
                      + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  nlohmann::json get(const std::string& path) const {
    const auto answer = request("GET " + path + " HTTP/1.1\r\n");
    BOOST_REQUIRE_EQUAL(answer.status, 200);
    return nlohmann::json::parse(answer.body);
  }

  /// Whether `done(answer)` comes true within the time.
  template <class Done>
  bool wait_for(const std::string& path, Done done, std::chrono::milliseconds time = 20s) {
    for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) {
      if (done(get(path)))
        return true;
      process_.wait_until([] { return false; }, 100ms); // takes what the program prints
    }
    return false;
  }

private:
  static constexpr auto npos = std::string::npos;

  static std::vector<std::string> command_line(const std::string& what, const std::vector<std::string>& more,
                                               std::vector<std::string> result) {
    for (const auto& x : std::vector<std::string>{SLUICE_PROGRAMS "/watched", what, "--ui", "127.0.0.1:0"})
      result.push_back(x);
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }

  process process_;
  std::uint16_t port_ = 0;
};

} // namespace sluice::test
