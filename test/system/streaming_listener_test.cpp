// SPDX-License-Identifier: BSD-3-Clause
#include "contexts.hpp"

#include <stdexcept>

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
