// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/os/side_thread.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace sluice::test {

/// Side threads without threads. What is posted to one is done at once, unless a test holds it: then it is done when it
/// is let go, as if the first function had run until then.
class held_threads final : public side_threads {
public:
  std::shared_ptr<side_thread> start(std::string name) override {
    ++started;
    return std::make_shared<held_thread>(lines_[std::move(name)]);
  }

  void hold(const std::string& name) { line_of(name)->held = true; }
  void let_go(const std::string& name) {
    const auto line = line_of(name);
    line->held = false;
    line->run();
  }

  /// How many functions wait.
  std::size_t waiting(const std::string& name) { return line_of(name)->work.size(); }

  int started = 0;

private:
  struct work_line {
    std::deque<std::function<void()>> work;
    bool held = false;
    bool runs = false;

    void run() {
      if (std::exchange(runs, true))
        return;
      while (!held && !work.empty()) {
        const auto next = std::move(work.front());
        work.pop_front();
        next();
      }
      runs = false;
    }
  };

  class held_thread final : public side_thread {
  public:
    explicit held_thread(std::shared_ptr<work_line>& line)
        : line_{line ? line : line = std::make_shared<work_line>()} {}
    void post(std::function<void()> work) override {
      const auto line = line_; // what is posted may be what keeps this
      line->work.push_back(std::move(work));
      line->run();
    }

  private:
    std::shared_ptr<work_line> line_;
  };

  std::shared_ptr<work_line> line_of(const std::string& name) {
    auto& line = lines_[name];
    return line ? line : line = std::make_shared<work_line>();
  }

  std::map<std::string, std::shared_ptr<work_line>> lines_;
};

} // namespace sluice::test
