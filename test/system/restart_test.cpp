// SPDX-License-Identifier: BSD-3-Clause
//
// Contexts that go on after a failure: real threads, and a real clock.
#include "restarts.hpp"

#include <sluice/runtime/driver/driver_process.hpp>
#include <sluice/runtime/driver/launch.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/store/memory_store.hpp>

#include <support/fault_store.hpp>
#include <support/temporary_directory.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string_view>
#include <thread>

using namespace sluice;
using namespace sluice::test;

namespace {

/// Numbers, 20 a batch; knows where it is.
class counting_source : public source<std::int64_t> {
public:
  std::optional<std::vector<std::int64_t>> compute(batch_time) override {
    std::vector<std::int64_t> result;
    for (auto i = 0; i < 20 && next_ < count; ++i)
      result.push_back(next_++);
    return result;
  }
  std::string position() override { return std::to_string(next_); }
  void resume(std::string_view position) override { next_ = std::stoll(std::string{position}); }

private:
  std::int64_t next_ = 0;
};

/// Gives up in its first run; then stores 1.
class unlucky_once : public receiver<std::int64_t> {
public:
  explicit unlucky_once(std::shared_ptr<std::atomic<int>> runs) : runs_{std::move(runs)} {}

private:
  void on_start() override {
    if (++*runs_ == 1)
      stop("the line is dead");
    else
      store(1);
  }
  void on_stop() override {}

  std::shared_ptr<std::atomic<int>> runs_;
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(quiet);

BOOST_AUTO_TEST_SUITE(restart)

BOOST_AUTO_TEST_CASE(a_queue_gives_again_what_was_not_committed) {
  for (const auto where : {"", "checkpoint", "logged"})
    for (const auto persistent : {false, true})
      for (const auto fails_at : {1, 21, 500}) {
        BOOST_TEST_INFO_SCOPE(where << " persistent " << persistent << " fails at " << fails_at);
        const temporary_directory dir;
        journal<std::int64_t> totals;
        const once fault{fails_at};
        streaming_context ctx{interval, {.threads = 2, .partitions = 2}};
        if (*where != '\0')
          ctx.checkpoint(dir.path() / where);
        ctx.write_ahead_log(std::string_view{where} == "logged");
        ctx.on_error(at_once);
        const auto queue = queue_of_numbers();
        add_up(ctx.queue_stream(queue, {.persistent = persistent}), fault, totals);
        ctx.start();
        queue->push({1});
        BOOST_TEST(comes_to(totals, sum + 1));
        BOOST_TEST(fault.has_failed());
        ctx.stop();
      }
}

BOOST_AUTO_TEST_CASE(a_source_goes_on_from_the_position_of_the_commit) {
  for (const auto logged : {false, true})
    for (const auto fails_at : {1, 500}) {
      BOOST_TEST_INFO_SCOPE("logged " << logged << " fails at " << fails_at);
      const temporary_directory dir;
      journal<std::int64_t> totals;
      const once fault{fails_at};
      streaming_context ctx{interval, {.threads = 2, .partitions = 2}};
      if (logged)
        ctx.checkpoint(dir.path() / "checkpoint");
      ctx.write_ahead_log(logged);
      ctx.on_error(at_once);
      add_up(ctx.input_stream<std::int64_t>([] { return std::make_unique<counting_source>(); }), fault, totals);
      ctx.start();
      BOOST_TEST(comes_to(totals, sum));
      BOOST_TEST(fault.has_failed());
      ctx.stop();
    }
}

BOOST_AUTO_TEST_CASE(files_are_read_on_from_the_commit) {
  for (const auto keeps : {false, true}) {
    BOOST_TEST_INFO_SCOPE("checkpoint directory " << keeps);
    const temporary_directory dir;
    std::filesystem::create_directory(dir.path() / "in");
    journal<std::int64_t> totals;
    const once fault{500};
    streaming_context ctx{interval, {.threads = 2, .partitions = 2}};
    if (keeps)
      ctx.checkpoint(dir.path() / "checkpoint");
    ctx.on_error(at_once);
    add_up(ctx.text_file_stream((dir.path() / "in").string()).map(to_number<std::int64_t>{}), fault, totals);
    ctx.start();
    BOOST_REQUIRE(totals.wait_for(3)); // some batch is committed
    for (std::int64_t file = 0; file < 10; ++file) {
      std::ofstream out{dir.path() / "part"};
      for (std::int64_t i = 0; i < count / 10; ++i)
        out << file * count / 10 + i << '\n';
      out.close();
      std::filesystem::rename(dir.path() / "part", dir.path() / "in" / std::to_string(file));
      std::this_thread::sleep_for(2 * interval);
    }
    BOOST_TEST(comes_to(totals, sum));
    BOOST_TEST(fault.has_failed());
    ctx.stop();
  }
}

BOOST_AUTO_TEST_CASE(an_output_that_throws_is_called_again_for_a_batch_with_the_same_records) {
  journal<std::vector<int>> batches;
  const once fault{5};
  streaming_context ctx{interval, {.max_batches_in_flight = 1}};
  ctx.on_error(at_once);
  numbers(ctx, 100).foreach_rdd([&batches, fault](const rdd<int>& records) {
    fault();
    batches.add(records.collect());
  });
  ctx.start();
  BOOST_REQUIRE(batches.wait_for(10));
  ctx.stop();
  const auto all = batches.entries();
  for (int i = 0; i < 10; ++i)
    BOOST_TEST((all[static_cast<std::size_t>(i)] == std::vector{i}));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_gives_up_is_made_again) {
  journal<std::vector<std::int64_t>> batches;
  const auto runs = std::make_shared<std::atomic<int>>(0);
  streaming_context ctx{interval};
  ctx.on_error(at_once);
  ctx.receiver_stream<unlucky_once>(runs).foreach_rdd([&batches](const rdd<std::int64_t>& records) {
    if (auto all = records.collect(); !all.empty())
      batches.add(std::move(all));
  });
  ctx.start();
  BOOST_TEST(batches.wait_for(1));
  ctx.stop();
  BOOST_TEST(*runs == 2);
}

BOOST_AUTO_TEST_CASE(a_store_whose_disk_fails_once_is_opened_again) {
  memory_store log;
  memory_store snapshots;
  testkit::fault_plan plan{.fail_at = 8, .how_long = testkit::fault_plan::length::once};
  struct disk {
    testkit::fault_store log;
    testkit::fault_store snapshots;
    std::optional<checkpoint_log> opened;
  };
  const auto open = [&]() -> expected<kept_run> {
    const auto result = std::make_shared<disk>(disk{{"log", log, plan}, {"snapshots", snapshots, plan}, {}});
    auto opened = checkpoint_log::open(result->log, result->snapshots);
    if (!opened)
      return std::move(opened.error());
    result->opened.emplace(std::move(*opened));
    return kept_run{{result, &*result->opened}};
  };
  journal<std::int64_t> totals;
  streaming_context composed{interval};
  composed.on_error(at_once);
  add_up(composed.queue_stream(queue_of_numbers()), once{0}, totals);
  launch_options what;
  what.program = std::make_shared<const composition>(composed.compose());
  what.local_threads = 2;
  what.how.partitions = 2;
  what.clock = std::make_shared<const system_wall_clock>();
  what.standard_output = &std::cout;
  what.life = {1, 7};
  what.reopen = open;
  what.keep_in(open().value());
  driver_process run{std::move(what)};
  run.wait_until_started();
  BOOST_TEST(comes_to(totals, sum));
  run.request_stop(stop_mode::graceful);
  run.wait();
  BOOST_TEST(!run.reason());
  BOOST_TEST(plan.writes > 8U);
}

BOOST_AUTO_TEST_CASE(too_many_failures_end_the_program_with_the_last_one) {
  std::atomic<int> calls = 0;
  streaming_context ctx{interval};
  ctx.on_error(restart_policy{.max = 2, .backoff = 1ms});
  numbers(ctx).foreach_rdd(
      [&calls](const rdd<int>&) { throw std::runtime_error{"trouble " + std::to_string(++calls)}; });
  ctx.start();
  BOOST_CHECK_EXCEPTION(ctx.await_termination(), runtime_failure, says("restarts"));
  BOOST_TEST(calls >= 3);
}

BOOST_AUTO_TEST_CASE(without_a_policy_the_first_failure_is_the_end) {
  streaming_context ctx{interval};
  ctx.on_error(at_once);
  ctx.on_error(error_policy::stop); // the last call decides
  numbers(ctx).foreach_rdd([](const rdd<int>&) { throw std::runtime_error{"trouble"}; });
  ctx.start();
  BOOST_CHECK_EXCEPTION(ctx.await_termination(), runtime_failure, says("trouble"));
}

BOOST_AUTO_TEST_CASE(another_context_of_the_process_does_not_notice) {
  journal<std::vector<int>> calm;
  journal<std::int64_t> totals;
  const auto listener = std::make_shared<scribe>();
  const once fault{500};
  streaming_context good{interval};
  good.add_streaming_listener(listener);
  write_down(numbers(good), calm);
  streaming_context bad{interval};
  bad.on_error(at_once);
  add_up(bad.queue_stream(queue_of_numbers()), fault, totals);
  good.start();
  bad.start();
  BOOST_TEST(comes_to(totals, sum));
  BOOST_TEST(calm.wait_for(20));
  bad.stop();
  good.stop();
  BOOST_TEST(listener->heard.entries().size() == 2U); // streaming, and its one epoch
  const auto all = calm.entries();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!all[i].empty())
      BOOST_TEST((all[i] == std::vector{static_cast<int>(i)}));
}

BOOST_AUTO_TEST_CASE(a_stop_during_the_pause_is_the_end) {
  for (const auto mode : {stop_mode::graceful, stop_mode::immediate}) {
    const auto listener = std::make_shared<scribe>();
    streaming_context ctx{interval};
    ctx.add_streaming_listener(listener);
    ctx.on_error(restart_policy{.backoff = 1h, .longest = 1h});
    numbers(ctx).foreach_rdd([](const rdd<int>&) { throw std::runtime_error{"trouble"}; });
    ctx.start();
    BOOST_REQUIRE(listener->heard.wait_for(3)); // the epoch has ended
    BOOST_TEST((ctx.get_state() == streaming_context::state::active));
    BOOST_TEST(!ctx.await_termination_or_timeout(1ms));
    ctx.stop(mode);
    ctx.await_termination(); // without an error: it was asked to stop
  }
}

BOOST_AUTO_TEST_CASE(listeners_hear_of_epochs) {
  const auto listener = std::make_shared<scribe>();
  const once fault{5};
  streaming_context ctx{interval, {.max_batches_in_flight = 1}};
  ctx.add_streaming_listener(listener);
  ctx.on_error(at_once);
  numbers(ctx).named("numbers").foreach_rdd([fault](const rdd<int>&) { fault(); });
  ctx.start();
  BOOST_REQUIRE(listener->heard.wait_for(4));
  ctx.stop();
  const auto heard = listener->heard.entries();
  BOOST_TEST(heard.size() == 4U);
  BOOST_TEST(heard[0] == "streaming");
  BOOST_TEST(heard[1] == "epoch 1, 3 left");
  BOOST_TEST(heard[2].starts_with("end of 1, 2 left: "));
  BOOST_TEST(heard[2].find("a bad moment") != std::string::npos);
  BOOST_TEST(heard[3] == "epoch 2, 2 left, goes on");
}

BOOST_AUTO_TEST_CASE(what_does_not_return_is_named_and_ends_the_program) {
  std::atomic<bool> entered = false;
  std::atomic<bool> released = false;
  streaming_context ctx{interval, {.threads = 2, .partitions = 1, .graceful_stop_timeout = 200ms}};
  ctx.on_error(at_once);
  numbers(ctx)
      .map([&](int x) {
        entered = true;
        released.wait(false);
        return x;
      })
      .named("stuck")
      .foreach_rdd([](const rdd<int>&) {});
  numbers(ctx).map([&](int x) { return entered ? throw std::runtime_error{"trouble"} : x; }).print();
  ctx.start();
  std::jthread later{[&] {
    std::this_thread::sleep_for(2s);
    released = true;
    released.notify_all();
  }};
  BOOST_CHECK_EXCEPTION(ctx.await_termination(), runtime_failure, says("this does not return: operator"));
}

BOOST_AUTO_TEST_SUITE_END()
