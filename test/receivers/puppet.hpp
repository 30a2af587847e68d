// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/receivers/receiver/receiver.hpp>

#include <atomic>
#include <functional>
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

protected:
  void on_start() override {
    ++starts;
    starting();
  }
  void on_stop() override {
    ++stops;
    stopping();
  }
};

} // namespace sluice::test
