// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/receivers/receiver/receiver.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::test {

/// A receiver that does what a test tells it to, and counts.
class puppet : public receiver<int> {
public:
  std::function<void()> starting = [] {};
  std::function<void()> stopping = [] {};
  std::atomic<int> starts = 0;
  std::atomic<int> stops = 0;
  std::vector<std::string> heard; ///< of the marks

protected:
  void on_start() override {
    ++starts;
    starting();
  }
  void on_stop() override {
    ++stops;
    stopping();
  }
  void on_durable(std::string_view tag) override { heard.push_back("durable " + std::string{tag}); }
  void on_log_error(const error& why) override { heard.push_back("log error: " + describe(why)); }
  void on_committed(std::string_view tag) override { heard.push_back("committed " + std::string{tag}); }
};

} // namespace sluice::test
