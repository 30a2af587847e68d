// SPDX-License-Identifier: BSD-3-Clause
//
// Functions that do not return, in a program with one worker thread: everybody else goes on.
#include "contexts.hpp"

#include <sluice/actors/os/side_thread.hpp>

#include <support/temporary_directory.hpp>

#include <atomic>
#include <chrono>
#include <thread>

#include <sys/syscall.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::test;

namespace {

/// Holds whoever passes, while it is closed.
class gate {
public:
  void close() { closed_ = true; }
  void open() {
    closed_ = false;
    closed_.notify_all();
  }
  void pass() {
    if (!closed_)
      return;
    held_ = true;
    closed_.wait(true);
  }
  bool wait_for_somebody() const {
    for (const auto end = std::chrono::steady_clock::now() + patience; !held_;) {
      if (std::chrono::steady_clock::now() > end)
        return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }

private:
  std::atomic<bool> closed_ = false;
  std::atomic<bool> held_ = false;
};

gate disk;
gate device;

/// Asks a device that may not answer.
class questioner : public source<int> {
  std::optional<std::vector<int>> compute(batch_time) override {
    device.pass();
    return std::vector{7};
  }
};

/// Closes a device that may not answer.
class meter : public receiver<int> {
  void on_start() override { store(7); }
  void on_stop() override { device.pass(); }
};

runtime_options one_thread() { return {.threads = 1, .partitions = 1}; }

/// How long it takes to stop.
std::chrono::milliseconds time_to_stop(streaming_context& ctx) {
  const auto begin = std::chrono::steady_clock::now();
  ctx.stop();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

void let_all_threads_end() {
  device.open();
  while (real_side_threads::running() != 0)
    std::this_thread::sleep_for(1ms);
}

struct quiet {
  quiet() { set_log_level("off"); }
};

} // namespace

/// The C library's, but for the gate.
extern "C" int fsync(int descriptor) {
  disk.pass();
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

BOOST_TEST_GLOBAL_FIXTURE(quiet);

BOOST_AUTO_TEST_SUITE(blocking)

BOOST_AUTO_TEST_CASE(a_source_that_does_not_answer_delays_no_other_stream_and_no_stop) {
  journal<std::vector<int>> first;
  journal<std::vector<int>> second;
  streaming_context ctx{interval, one_thread()};
  write_down(ctx.input_stream<int>([] { return std::make_unique<questioner>(); }), first);
  write_down(numbers(ctx), second);
  ctx.start();
  BOOST_TEST(first.wait_for(3));
  device.close();
  BOOST_TEST(device.wait_for_somebody());
  BOOST_TEST(second.wait_for(second.entries().size() + 100));
  BOOST_TEST(first.entries().back().empty());
  BOOST_TEST(time_to_stop(ctx).count() < 5000);
  BOOST_TEST(real_side_threads::running() == 1U);
  let_all_threads_end();
}

BOOST_AUTO_TEST_CASE(a_receiver_that_does_not_stop_delays_no_other_stream_and_no_stop) {
  journal<std::vector<int>> second;
  streaming_context ctx{interval, one_thread()};
  device.close();
  ctx.receiver_stream<meter>().foreach_rdd([](const auto&) {});
  write_down(numbers(ctx), second);
  ctx.start();
  BOOST_TEST(second.wait_for(5));
  BOOST_TEST(time_to_stop(ctx).count() < 5000);
  BOOST_TEST(real_side_threads::running() == 1U);
  let_all_threads_end();
}

BOOST_AUTO_TEST_CASE(an_output_that_waits_for_the_disk_does_not_take_the_only_thread) {
  const temporary_directory place;
  std::atomic<int> seen = 0;
  auto how = one_thread();
  how.max_batches_in_flight = 1000;
  streaming_context ctx{interval, how};
  numbers(ctx).foreach_rdd([&place](const rdd<int>& records) { records.save_as_text(place.path() / "out"); });
  numbers(ctx)
      .map([&seen](int x) {
        ++seen;
        return std::pair{x, 1};
      })
      .reduce_by_key(std::plus<>{})
      .foreach_rdd([](const auto&) {});
  disk.close();
  ctx.start();
  BOOST_TEST(disk.wait_for_somebody());
  const auto before = seen.load();
  for (const auto end = std::chrono::steady_clock::now() + 5s; seen < before + 2;) {
    if (std::chrono::steady_clock::now() > end)
      break;
    std::this_thread::sleep_for(1ms);
  }
  BOOST_TEST(seen >= before + 2); // batches after the one that is being written
  disk.open();
  ctx.stop();
}

BOOST_AUTO_TEST_SUITE_END()
