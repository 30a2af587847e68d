// SPDX-License-Identifier: BSD-3-Clause
//
// What tests of contexts in this process have in common.
#pragma once

#include <sluice/sluice.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::test {

using namespace std::chrono_literals;

inline constexpr auto patience = 30s;
inline constexpr auto interval = 10ms;

/// What outputs tell the test, which waits for it.
template <class T>
class journal {
public:
  void add(T x) {
    const std::lock_guard lock{mutex_};
    entries_.push_back(std::move(x));
    added_.notify_all();
  }

  std::vector<T> entries() const {
    const std::lock_guard lock{mutex_};
    return entries_;
  }

  bool wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    return added_.wait_for(lock, patience, [&] { return entries_.size() >= count; });
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable added_;
  std::vector<T> entries_;
};

/// Numbers from 0, one a batch.
inline dstream<int> numbers(streaming_context& ctx, int count = 10'000) {
  auto queue = std::make_shared<record_queue<int>>();
  for (int i = 0; i < count; ++i)
    queue->push({i});
  return ctx.queue_stream(queue);
}

/// Writes each batch's records down.
template <class T>
void write_down(const dstream<T>& stream, journal<std::vector<owned_t<T>>>& in) {
  stream.foreach_rdd([&in](const rdd<T>& records) { in.add(records.collect()); });
}

inline auto says(const std::string& what) {
  return [what](const std::exception& e) {
    BOOST_TEST_INFO(e.what());
    const std::string said = e.what();
    return said.find(what) != std::string::npos && said.find('\n') == std::string::npos;
  };
}

} // namespace sluice::test
