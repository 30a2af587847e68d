// SPDX-License-Identifier: BSD-3-Clause
//
// Contexts in this process, with their real threads and clock.
#include "contexts.hpp"

#include <sluice/actors/base/log.hpp>

#include <support/temporary_directory.hpp>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;
using life = streaming_context::state;

namespace {

/// Stores as many numbers as it was told to, at once.
class burst : public receiver<std::int64_t> {
public:
  explicit burst(std::int64_t count) : count_{count} {}

private:
  void on_start() override {
    thread_ = std::jthread{[this] {
      for (std::int64_t i = 0; i < count_ && !is_stopped(); ++i)
        store(i);
      done = true;
      done.notify_all();
    }};
  }
  void on_stop() override { thread_ = {}; }

  std::int64_t count_;
  std::jthread thread_;

public:
  static inline std::atomic<bool> done = false;
};

class hopeless : public receiver<std::int64_t> {
  void on_start() override { stop("the well has run dry; dig deeper"); }
  void on_stop() override {}
};

struct quiet {
  quiet() { set_log_level("off"); }
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(quiet);

BOOST_AUTO_TEST_SUITE(streaming_context_)

BOOST_AUTO_TEST_CASE(a_context_is_initialized_then_active_then_stopped) {
  journal<std::vector<int>> batches;
  streaming_context ctx{interval};
  write_down(numbers(ctx), batches);
  BOOST_TEST((ctx.get_state() == life::initialized));
  ctx.start();
  BOOST_TEST((ctx.get_state() == life::active));
  BOOST_TEST(batches.wait_for(3));
  BOOST_TEST(!ctx.await_termination_or_timeout(1ms));
  ctx.stop();
  BOOST_TEST((ctx.get_state() == life::stopped));
  BOOST_TEST(ctx.await_termination_or_timeout(1ms));
  ctx.await_termination();
  ctx.stop();
  BOOST_TEST((ctx.get_state() == life::stopped));
  const auto all = batches.entries();
  for (std::size_t i = 0; i < all.size(); ++i)
    BOOST_TEST((all[i] == std::vector{static_cast<int>(i)}));
}

BOOST_AUTO_TEST_CASE(a_context_cannot_be_started_twice) {
  journal<std::vector<int>> batches;
  streaming_context ctx{interval};
  write_down(numbers(ctx), batches);
  ctx.start();
  BOOST_CHECK_EXCEPTION(ctx.start(), usage_error, says("already been started"));
  // And goes on.
  BOOST_TEST((ctx.get_state() == life::active));
  BOOST_TEST(batches.wait_for(batches.entries().size() + 3));
  ctx.stop();
}

BOOST_AUTO_TEST_CASE(a_stopped_context_cannot_be_started_again) {
  streaming_context ctx{interval};
  numbers(ctx).foreach_rdd([](const auto&) {});
  ctx.start();
  ctx.stop();
  BOOST_CHECK_EXCEPTION(ctx.start(), usage_error, says("already been stopped; make a new one"));
}

BOOST_AUTO_TEST_CASE(a_context_may_be_stopped_before_it_was_started_and_is_stopped_then) {
  streaming_context ctx{interval};
  numbers(ctx).foreach_rdd([](const auto&) {});
  ctx.stop();
  BOOST_TEST((ctx.get_state() == life::stopped));
  BOOST_CHECK_EXCEPTION(ctx.start(), usage_error, says("already been stopped"));
  ctx.await_termination();
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_a_context_that_was_not_started) {
  streaming_context ctx{interval};
  BOOST_CHECK_EXCEPTION(ctx.await_termination(), usage_error, says("has not been started"));
  BOOST_CHECK_EXCEPTION(ctx.await_termination_or_timeout(1ms), usage_error, says("has not been started"));
}

BOOST_AUTO_TEST_CASE(what_cannot_work_is_refused_when_it_is_composed_or_started) {
  BOOST_CHECK_EXCEPTION((streaming_context{0ms}), usage_error, says("at least 1 ms"));
  BOOST_CHECK_EXCEPTION((streaming_context{interval, {.partitions = 0}}), usage_error, says("at least one partition"));
  streaming_context ctx{interval};
  const auto stream = numbers(ctx);
  BOOST_CHECK_EXCEPTION(ctx.argument("HOST"), usage_error, says("'HOST'"));
  BOOST_CHECK_EXCEPTION(ctx.queue_stream(std::shared_ptr<record_queue<int>>{}), usage_error, says("null"));
  BOOST_CHECK_EXCEPTION(ctx.socket_text_stream("", 9999), usage_error, says("host"));
  BOOST_CHECK_EXCEPTION(ctx.socket_text_stream("localhost", 0), usage_error, says("1 to 65535"));
  const auto refuses_interval = [](duration checkpoint_interval, const char* why) {
    streaming_context checked{interval};
    numbers(checked).checkpoint(checkpoint_interval).foreach_rdd([](const auto&) {});
    BOOST_CHECK_EXCEPTION(checked.start(), usage_error, says(why));
  };
  refuses_interval(3 * interval / 2, "the interval must be a multiple");
  refuses_interval(2 * interval, "the checkpoint directory has not been set");
  streaming_context other{interval};
  BOOST_CHECK_EXCEPTION(stream.union_with(numbers(other)), usage_error, says("two contexts"));
}

BOOST_AUTO_TEST_CASE(after_a_start_that_failed_a_context_is_stopped_and_says_why) {
  streaming_context ctx{interval};
  const auto stream = numbers(ctx);
  BOOST_CHECK_EXCEPTION(ctx.start(), usage_error, says("no output operations registered"));
  BOOST_TEST((ctx.get_state() == life::stopped));
  for (auto times = 0; times < 2; ++times) {
    BOOST_CHECK_EXCEPTION(ctx.start(), usage_error, says("start of this context has failed (no output operations"));
    BOOST_CHECK_EXCEPTION(stream.print(), usage_error, says("start of this context has failed (no output operations"));
    ctx.stop();
  }
  ctx.await_termination();
}

BOOST_AUTO_TEST_CASE(outputs_run_in_the_order_of_definition_and_batches_in_the_order_of_time) {
  journal<std::pair<std::int64_t, int>> calls;
  streaming_context ctx{interval, {.threads = 2, .partitions = 2}};
  const auto stream = numbers(ctx);
  const auto pairs = stream.map([](int x) { return std::pair{x % 3, x}; });
  // The first to be defined is the last to be ready.
  pairs.reduce_by_key(std::plus<>{}).count().foreach_rdd([&](const auto&, batch_time t) { calls.add({t.ms(), 0}); });
  stream.foreach_rdd([&](const auto&, batch_time t) { calls.add({t.ms(), 1}); });
  pairs.foreach_rdd([&](const auto&, batch_time t) { calls.add({t.ms(), 2}); });
  ctx.start();
  BOOST_TEST(calls.wait_for(60));
  ctx.stop();
  const auto all = calls.entries();
  BOOST_TEST_REQUIRE(all.size() % 3 == 0U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    BOOST_TEST(all[i].second == static_cast<int>(i % 3));
    BOOST_TEST(all[i].first == all[0].first + static_cast<std::int64_t>(i / 3) * interval.count());
  }
}

BOOST_AUTO_TEST_CASE(a_graceful_stop_processes_everything_received) {
  constexpr std::int64_t count = 100'000;
  journal<std::vector<std::int64_t>> batches;
  burst::done = false;
  streaming_context ctx{1h};
  write_down(ctx.receiver_stream<burst>(count), batches);
  ctx.start();
  burst::done.wait(false);
  ctx.stop();
  std::size_t received = 0;
  for (const auto& batch : batches.entries())
    received += batch.size();
  BOOST_TEST(received == static_cast<std::size_t>(count));
}

BOOST_AUTO_TEST_CASE(an_immediate_stop_does_not_process_what_waits) {
  std::atomic<int> calls = 0;
  journal<int> started;
  streaming_context ctx{1ms};
  numbers(ctx).foreach_rdd([&](const auto&) {
    started.add(++calls);
    std::this_thread::sleep_for(100ms); // the four batches in flight would take longer than the stop may
  });
  ctx.start();
  BOOST_TEST(started.wait_for(2));
  ctx.stop(stop_mode::immediate);
  const auto after = calls.load();
  BOOST_TEST(after <= 3);
  BOOST_TEST((ctx.get_state() == life::stopped));
  ctx.await_termination();
}

BOOST_AUTO_TEST_CASE(no_function_of_the_user_runs_after_a_stop) {
  for (auto i = 0; i < 20; ++i) {
    std::atomic<bool> stopped = false;
    std::atomic<bool> late = false;
    journal<int> calls;
    streaming_context ctx{1ms};
    numbers(ctx).foreach_rdd([&](const auto&) {
      calls.add(0);
      std::this_thread::yield();
      late = late || stopped;
    });
    ctx.start();
    calls.wait_for(2);
    ctx.stop(i % 2 == 0 ? stop_mode::immediate : stop_mode::graceful);
    stopped = true;
    const auto before = calls.entries().size();
    BOOST_TEST(!late);
    BOOST_TEST(calls.entries().size() == before);
  }
}

BOOST_AUTO_TEST_CASE(a_function_of_the_program_may_ask_it_to_stop) {
  streaming_context ctx{interval};
  journal<int> seen;
  numbers(ctx).foreach_rdd([&](const rdd<int>& records) {
    for (const auto n : records.collect())
      seen.add(n);
    if (seen.entries().size() == 3)
      ctx.request_stop(stop_mode::graceful);
  });
  ctx.start();
  BOOST_TEST(ctx.await_termination_or_timeout(patience));
  BOOST_TEST(seen.entries().size() >= 3U);
}

BOOST_AUTO_TEST_CASE(threads_may_stop_and_await_a_context_at_a_time) {
  for (auto i = 0; i < 10; ++i) {
    streaming_context ctx{1ms};
    numbers(ctx).foreach_rdd([](const auto&) {});
    ctx.start();
    std::vector<std::jthread> threads;
    threads.emplace_back([&ctx] { ctx.await_termination(); });
    for (auto n = 0; n < 3; ++n)
      threads.emplace_back([&ctx, n] { ctx.stop(n == 0 ? stop_mode::immediate : stop_mode::graceful); });
    threads.clear();
    BOOST_TEST((ctx.get_state() == life::stopped));
  }
}

BOOST_AUTO_TEST_CASE(a_context_that_runs_may_be_destroyed) {
  journal<std::vector<int>> batches;
  {
    streaming_context ctx{interval};
    write_down(numbers(ctx), batches);
    ctx.start();
    BOOST_TEST(batches.wait_for(1));
  }
  BOOST_TEST(batches.entries().size() >= 1U);
}

BOOST_AUTO_TEST_CASE(one_thread_may_start_a_context_and_another_destroy_it) {
  journal<std::vector<int>> batches;
  auto ctx = std::make_unique<streaming_context>(interval);
  write_down(numbers(*ctx), batches);
  ctx->start();
  BOOST_TEST(batches.wait_for(1));
  std::thread{[&ctx] { ctx.reset(); }}.join();
  BOOST_TEST(ctx == nullptr);
}

BOOST_AUTO_TEST_CASE(what_a_function_throws_comes_out_where_the_end_is_awaited_with_the_batch) {
  const auto check = [](const std::function<void(const dstream<int>&)>& add, const std::string& what) {
    streaming_context ctx{interval, {.partitions = 2}};
    add(numbers(ctx));
    ctx.start();
    const auto named = [&what](const runtime_failure& e) {
      const std::string said = e.what();
      BOOST_TEST_INFO(said);
      return said.starts_with("batch ") && says(what)(e);
    };
    BOOST_CHECK_EXCEPTION(ctx.await_termination(), runtime_failure, named);
    BOOST_TEST((ctx.get_state() == life::stopped));
    // It is not lost on whoever asks later.
    BOOST_CHECK_EXCEPTION(ctx.await_termination(), runtime_failure, named);
    ctx.stop();
  };
  const auto throw_at_3 = [](int x) { return x < 3 ? x : throw std::runtime_error{"three is a crowd"}; };
  check([&](const auto& s) { s.map(throw_at_3).foreach_rdd([](const auto&) {}); }, "three is a crowd");
  check(
      [&](const auto& s) {
        s.filter([&](int x) { return throw_at_3(x) >= 0; }).count().foreach_rdd([](const auto&) {});
      },
      "three is a crowd");
  check(
      [&](const auto& s) {
        s.foreach_rdd([](const auto& records) {
          if (records.take(1) == std::vector{3})
            throw std::runtime_error{"three is a crowd"};
        });
      },
      "three is a crowd");
  check(
      [&](const auto& s) {
        auto pairs = s.map([](int x) { return std::pair{x, x}; });
        pairs
            .update_state_by_key([&](std::span<const int> values, std::optional<int> old) {
              return values.empty() ? old : std::optional{throw_at_3(values[0])};
            })
            .foreach_rdd([](const auto&) {});
      },
      "three is a crowd");
  check([&](const auto& s) { s.map([](int x) { return x < 3 ? x : throw 42; }).foreach_rdd([](const auto&) {}); },
        "std::exception");
}

BOOST_AUTO_TEST_CASE(a_receiver_that_gives_up_ends_the_program_with_its_words) {
  streaming_context ctx{interval};
  ctx.receiver_stream<hopeless>().foreach_rdd([](const auto&) {});
  ctx.start();
  BOOST_CHECK_EXCEPTION(ctx.await_termination(), runtime_failure, says("the well has run dry; dig deeper"));
}

BOOST_AUTO_TEST_CASE(the_active_context_is_the_one_that_was_started_last_and_still_runs) {
  BOOST_TEST(streaming_context::get_active() == nullptr);
  {
    streaming_context first{interval};
    numbers(first).foreach_rdd([](const rdd<int>&) {});
    BOOST_TEST(streaming_context::get_active() == nullptr);
    first.start();
    BOOST_TEST(streaming_context::get_active() == &first);
    streaming_context second{interval};
    numbers(second).foreach_rdd([](const rdd<int>&) {});
    second.start();
    BOOST_TEST(streaming_context::get_active() == &second);
    second.stop();
    BOOST_TEST(streaming_context::get_active() == &first);
  }
  BOOST_TEST(streaming_context::get_active() == nullptr);
}

BOOST_AUTO_TEST_CASE(persisted_streams_are_remembered_as_long_as_was_said_once) {
  streaming_context ctx{interval};
  BOOST_CHECK_THROW(ctx.remember(0ms), usage_error);
  ctx.remember(1h);
  BOOST_CHECK_EXCEPTION(ctx.remember(2h), usage_error, says("already been set"));
  const auto kept = numbers(ctx, 5).persist();
  journal<batch_time> seen;
  kept.foreach_rdd([&seen](const rdd<int>&, batch_time t) { seen.add(t); });
  ctx.start();
  BOOST_REQUIRE(seen.wait_for(6));
  const auto times = seen.entries();
  const auto datasets = kept.slice(times[1], times[3] + 1ms);
  BOOST_REQUIRE(datasets.size() == 3U);
  BOOST_TEST(datasets[0].collect() == std::vector{1}, boost::test_tools::per_element());
  BOOST_TEST(datasets[2].collect() == std::vector{3}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(contexts_run_side_by_side_and_fail_alone) {
  journal<std::vector<int>> fast_batches;
  journal<std::vector<int>> slow_batches;
  streaming_context fast{1ms};
  streaming_context slow{50ms};
  streaming_context broken{interval};
  write_down(numbers(fast), fast_batches);
  write_down(numbers(slow).map([](int x) { return -x; }), slow_batches);
  numbers(broken).foreach_rdd([](const auto&) { throw std::runtime_error{"alone"}; });
  fast.start();
  slow.start();
  broken.start();
  BOOST_CHECK_EXCEPTION(broken.await_termination(), runtime_failure, says("alone"));
  BOOST_TEST(fast_batches.wait_for(20));
  BOOST_TEST(slow_batches.wait_for(3));
  fast.stop();
  const auto before = slow_batches.entries().size();
  BOOST_TEST(slow_batches.wait_for(before + 2));
  slow.stop();
  BOOST_TEST((slow_batches.entries()[2] == std::vector{-2}));
}

BOOST_AUTO_TEST_CASE(state_is_found_again_by_get_or_create) {
  using totals = std::map<int, int>;
  const temporary_directory place;
  const auto directory = place.path() / "checkpoint";
  const totals everything{{0, 10}, {1, 10}, {2, 10}};
  std::vector<std::unique_ptr<streaming_context>> stopped; // a stopped context does not hold on to its directory
  for (auto run = 0; run < 3; ++run) {
    journal<totals> seen;
    const auto compose = [&](streaming_context& ctx) {
      const auto count = [](std::span<const int> values, std::optional<int> old) {
        return std::optional{old.value_or(0) + static_cast<int>(values.size())};
      };
      auto keys = numbers(ctx, run == 0 ? 30 : 0).map([](int x) { return std::pair{x % 3, 1}; });
      keys.update_state_by_key(count).named("counts").foreach_rdd([&seen](const auto& counts) {
        totals now;
        counts.for_each([&now](const auto& x) { now.insert(x); });
        seen.add(now);
      });
    };
    auto ctx = streaming_context::get_or_create(directory, interval, compose);
    ctx->start();
    BOOST_TEST(ctx->is_recovered() == (run > 0));
    BOOST_TEST(seen.wait_for(run == 0 ? 30 : 1));
    ctx->stop();
    BOOST_TEST((seen.entries().back() == everything));
    if (run > 0)
      BOOST_TEST((seen.entries().front() == everything));
    stopped.push_back(std::move(ctx));
  }
}

BOOST_AUTO_TEST_CASE(streams_are_added_between_two_batches_by_a_stop_and_a_larger_program) {
  using totals = std::map<int, int>;
  const auto to_totals = [](const rdd<std::pair<int, int>>& from) {
    totals result;
    from.for_each([&result](const auto& x) { result.insert(x); });
    return result;
  };
  const temporary_directory place;
  const auto queue = std::make_shared<record_queue<int>>();
  const auto added_queue = std::make_shared<record_queue<int>>();
  for (auto n = 0; n < 300; ++n)
    queue->push({n % 3});
  const auto count = [](std::span<const int> values, std::optional<int> old) {
    return std::optional{old.value_or(0) + static_cast<int>(values.size())};
  };
  journal<totals> seen;
  journal<totals> seen_more;
  const auto compose = [&](streaming_context& ctx) {
    auto counts = ctx.queue_stream(queue).map([](int x) { return std::pair{x, 1}; }).update_state_by_key(count);
    counts.named("counts").foreach_rdd([&](const auto& x) { seen.add(to_totals(x)); });
    return counts;
  };
  const auto compose_more = [&](streaming_context& ctx) {
    compose(ctx).map_values([](int n) { return -n; }).foreach_rdd([&](const auto& x) { seen_more.add(to_totals(x)); });
    auto added = ctx.queue_stream(added_queue).map([](int x) { return std::pair{x, 1}; });
    added.update_state_by_key(count).named("added").foreach_rdd([&](const auto& x) { seen_more.add(to_totals(x)); });
  };
  auto before = streaming_context::get_or_create(place.path(), interval, compose);
  before->start();
  BOOST_TEST(seen.wait_for(10));
  before->stop();
  const auto batches = seen.entries().size();
  const auto at_stop = seen.entries().back();
  added_queue->push({7, 7});

  auto after = streaming_context::get_or_create(place.path(), interval, compose_more);
  after->start();
  BOOST_TEST(seen.wait_for(301));
  after->stop();

  // The first batch of the larger program continues the last one of the smaller: one more record.
  const auto sum = [](const totals& of) {
    return std::accumulate(of.begin(), of.end(), 0, [](int n, const auto& x) { return n + x.second; });
  };
  BOOST_TEST(sum(seen.entries()[batches]) == sum(at_stop) + 1);
  BOOST_TEST((seen.entries().back() == totals{{0, 100}, {1, 100}, {2, 100}}));
  const auto more = seen_more.entries();
  BOOST_TEST((std::ranges::count(more, totals{{0, -100}, {1, -100}, {2, -100}}) >= 1));
  BOOST_TEST((more.back() == totals{{7, 2}}));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_has_one_context) {
  const temporary_directory place;
  streaming_context first{interval};
  numbers(first).foreach_rdd([](const auto&) {});
  first.checkpoint(place.path());
  first.start();
  streaming_context second{interval};
  numbers(second).foreach_rdd([](const auto&) {});
  second.checkpoint(place.path());
  BOOST_CHECK_EXCEPTION(second.start(), runtime_failure, says("in use by this program itself"));
  BOOST_TEST((second.get_state() == life::stopped));
  first.stop();
  streaming_context third{interval};
  numbers(third).foreach_rdd([](const auto&) {});
  third.checkpoint(place.path());
  third.start();
  BOOST_TEST(third.is_recovered());
  third.stop();
}

BOOST_AUTO_TEST_SUITE_END()
