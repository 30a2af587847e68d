// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/program/last_resort.hpp>

#include <cstdio>
#include <future>
#include <iostream>
#include <memory>
#include <utility>

#include <unistd.h>

namespace sluice {

namespace {

constexpr std::chrono::milliseconds patience_of_streams{500};

} // namespace

last_resort::last_resort(end_function end) : end_{std::move(end)}, thread_{[this] { watch(); }} {}

last_resort::~last_resort() {
  {
    const std::lock_guard lock{mutex_};
    over_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void last_resort::set(std::chrono::milliseconds patience, int code, words_function last_words) {
  const std::lock_guard lock{mutex_};
  plan_ = {clock::now() + patience, code, std::move(last_words)};
  changed_.notify_all();
}

void last_resort::clear() {
  const std::lock_guard lock{mutex_};
  plan_.reset();
}

void last_resort::watch() {
  std::unique_lock lock{mutex_};
  while (!over_) {
    if (!plan_) {
      changed_.wait(lock);
    } else if (clock::now() < plan_->when) {
      changed_.wait_until(lock, plan_->when);
    } else {
      const auto due = *std::exchange(plan_, std::nullopt);
      lock.unlock(); // the function asked for words may be setting another plan
      if (const auto words = due.last_words())
        end_(due.code, *words);
      lock.lock();
    }
  }
}

void last_resort::end_process(int code, const std::string& last_words) {
  const auto said = std::make_shared<std::promise<void>>();
  std::thread{[said, last_words] {
    if (!last_words.empty())
      std::cerr << last_words + '\n';
    std::cout.flush();
    std::fflush(nullptr);
    said->set_value();
  }}.detach();
  said->get_future().wait_for(patience_of_streams);
  ::_exit(code);
}

} // namespace sluice
