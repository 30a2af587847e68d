// SPDX-License-Identifier: BSD-3-Clause
#include "contexts.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace sluice;
using namespace sluice::test;

BOOST_AUTO_TEST_SUITE(streaming_listener_suite)

BOOST_AUTO_TEST_CASE(a_listener_hears_of_every_batch_in_order_until_it_is_removed) {
  class scribe : public streaming_listener {
  public:
    void on_streaming_started(batch_info::time_point) override { heard.add("started"); }
    void on_batch_submitted(const batch_info& x) override { note("submitted", x); }
    void on_batch_started(const batch_info& x) override { note("begun", x); }
    void on_batch_completed(const batch_info& x) override {
      note("completed", x);
      BOOST_TEST((x.total_delay() == *x.scheduling_delay() + *x.processing_delay()));
      throw std::runtime_error{"what a listener throws does no harm"};
    }

    journal<std::string> heard;

  private:
    void note(const std::string& what, const batch_info& x) {
      heard.add(what + ' ' + std::to_string(x.num_records()) + ' ' + to_string(x.time));
    }
  };
  const auto listener = std::make_shared<scribe>();
  journal<batch_time> ran;
  streaming_context ctx{interval, {.max_batches_in_flight = 1}};
  ctx.add_streaming_listener(listener);
  numbers(ctx, 2).foreach_rdd([&ran](const rdd<int>&, batch_time t) { ran.add(t); });
  ctx.start();
  BOOST_REQUIRE(listener->heard.wait_for(10));
  ctx.remove_streaming_listener(listener);
  ctx.stop();
  const auto times = ran.entries();
  const auto heard = listener->heard.entries();
  BOOST_TEST(heard[0] == "started");
  for (std::size_t batch = 0; batch < 3; ++batch) {
    const auto tail = (batch < 2 ? " 1 " : " 0 ") + to_string(times[batch]);
    BOOST_TEST(heard[3 * batch + 1] == "submitted" + tail);
    BOOST_TEST(heard[3 * batch + 2] == "begun" + tail);
    BOOST_TEST(heard[3 * batch + 3] == "completed" + tail);
  }
}

BOOST_AUTO_TEST_CASE(a_receiver_that_fails_is_seen_to_stop_and_to_start_again) {
  class flaky : public receiver<int> {
    void on_start() override {
      thread_ = std::jthread{[this, first = std::exchange(first_, false)] {
        if (!first)
          return store(1);
        report_error("it rains");
        restart("the line is dead", 10ms);
      }};
    }
    void on_stop() override { thread_ = {}; }

    bool first_ = true;
    std::jthread thread_;
  };
  class scribe : public streaming_listener {
  public:
    void on_receiver_started(const receiver_info& x) override { note("started", x); }
    void on_receiver_error(const receiver_info& x) override { note("error", x); }
    void on_receiver_stopped(const receiver_info& x) override { note("stopped", x); }

    journal<std::string> heard;

  private:
    void note(const std::string& what, const receiver_info& x) {
      BOOST_TEST(x.name == "flaky");
      BOOST_TEST(x.location == "driver");
      BOOST_TEST(x.last_error_time.has_value() == !x.last_error_message.empty());
      heard.add(what + (x.active ? ", active: " : ", not active: ") + x.last_error_message);
    }
  };
  const auto listener = std::make_shared<scribe>();
  journal<std::vector<int>> received;
  streaming_context ctx{interval};
  ctx.add_streaming_listener(listener);
  const auto stream = ctx.receiver_stream<flaky>();
  stream.named("flaky").foreach_rdd([&received](const rdd<int>& x) {
    if (x.count() != 0)
      received.add(x.collect());
  });
  ctx.start();
  BOOST_TEST(received.wait_for(1));
  ctx.stop();
  const std::string dead = "the line is dead; trying again in 10 ms";
  const std::vector<std::string> expected{"started, active: ",        "error, active: it rains",
                                          "error, active: " + dead,   "stopped, not active: " + dead,
                                          "started, active: " + dead, "stopped, not active: " + dead};
  BOOST_TEST(listener->heard.entries() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(outputs_take_the_time_that_they_take) {
  class stopwatch : public streaming_listener {
  public:
    void on_output_operation_started(const output_operation_info& x) override {
      BOOST_TEST(!x.duration().has_value());
      started.add(x.time);
    }
    void on_batch_completed(const batch_info& x) override {
      const auto& output = x.output_operation_infos.at(output_number{0});
      BOOST_TEST((*output.duration() <= *x.processing_end - x.submitted));
      durations.add(*output.duration());
    }

    journal<batch_time> started;
    journal<std::chrono::microseconds> durations;
  };
  const auto listener = std::make_shared<stopwatch>();
  std::atomic<bool> heard_while_it_ran = false;
  streaming_context ctx{interval};
  ctx.add_streaming_listener(listener);
  numbers(ctx, 1).foreach_rdd([&](const rdd<int>& x) {
    if (x.count() != 0)
      heard_while_it_ran = listener->started.wait_for(1);
    const auto end = std::chrono::steady_clock::now() + 2ms;
    while (std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
  });
  ctx.start();
  BOOST_TEST(listener->durations.wait_for(1));
  ctx.stop(stop_mode::immediate);
  BOOST_TEST(heard_while_it_ran.load());
  BOOST_TEST((listener->durations.entries().front() > 1ms));
}

BOOST_AUTO_TEST_CASE(a_listener_may_ask_for_a_stop_and_not_wait_for_it) {
  class stopper : public streaming_listener {
  public:
    explicit stopper(streaming_context& ctx) : ctx_{ctx} {}
    void on_batch_completed(const batch_info&) override {
      BOOST_CHECK_THROW(ctx_.stop(), usage_error);
      ctx_.request_stop(stop_mode::immediate);
    }

  private:
    streaming_context& ctx_;
  };
  streaming_context ctx{interval};
  ctx.add_streaming_listener(std::make_shared<stopper>(ctx));
  numbers(ctx).foreach_rdd([](const rdd<int>&) {});
  ctx.start();
  BOOST_TEST(ctx.await_termination_or_timeout(patience));
}

BOOST_AUTO_TEST_SUITE_END()
