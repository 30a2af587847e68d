// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/listener_bus.hpp>

#include <sluice/runtime/program/streaming_context.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

class hands : public wall_clock {
public:
  std::chrono::microseconds now() const override { return at; }
  std::chrono::microseconds at{0};
};

std::string in_words(const std::optional<std::chrono::microseconds>& x) {
  return x ? std::to_string(x->count()) + " us" : "?";
}

/// Writes down what it hears.
class scribe : public streaming_listener {
public:
  void on_streaming_started(batch_info::time_point t) override { heard.push_back("streaming at " + in_words(t)); }
  void on_batch_submitted(const batch_info& x) override { note("submitted", x); }
  void on_batch_started(const batch_info& x) override { note("started", x); }
  void on_batch_completed(const batch_info& x) override {
    note("completed", x);
    last = x;
  }
  void on_output_operation_started(const output_operation_info& x) override { note("runs", x); }
  void on_output_operation_completed(const output_operation_info& x) override { note("has run", x); }
  void on_receiver_started(const receiver_info& x) override { note("started", x); }
  void on_receiver_error(const receiver_info& x) override { note("error", x); }
  void on_receiver_stopped(const receiver_info& x) override { note("stopped", x); }

  texts heard;
  batch_info last;

private:
  void note(const std::string& what, const batch_info& x) {
    heard.push_back(to_string(x.time) + ' ' + what + ", " + std::to_string(x.num_records()) + " records, "
                    + in_words(x.scheduling_delay()) + " + " + in_words(x.processing_delay()) + " = "
                    + in_words(x.total_delay()));
  }
  void note(const std::string& what, const output_operation_info& x) {
    heard.push_back(x.name + ' ' + what + " at " + to_string(x.time) + ", " + in_words(x.duration()) + ' '
                    + x.failure_reason.value_or(""));
  }
  void note(const std::string& what, const receiver_info& x) {
    heard.push_back(x.name + ' ' + what + (x.active ? ", active" : "") + ", " + x.last_error_message + " at "
                    + in_words(x.last_error_time));
  }
};

constexpr batch_time first{1000};
constexpr stream_id left{0};
constexpr stream_id right{1};

struct fixture {
  std::shared_ptr<hands> clock = std::make_shared<hands>();
  std::shared_ptr<scribe> listener = std::make_shared<scribe>();
  std::shared_ptr<listener_list> listeners = std::make_shared<listener_list>();
  std::optional<listener_bus> bus;

  fixture() {
    streaming_context ctx{1s};
    auto a = ctx.queue_stream(std::make_shared<record_queue<int>>()).named("a");
    auto b = ctx.queue_stream(std::make_shared<record_queue<int>>()).named("b");
    a.union_with(b).print();
    b.foreach_rdd([](const auto&) {});
    listeners->add(listener);
    bus.emplace(std::make_shared<const composition>(ctx.compose()), 2, clock, listeners);
  }

  texts heard() { return std::exchange(listener->heard, {}); }
  void take(stream_id from, std::uint64_t records, const std::string& description = "") {
    bus->taken({{}, from, first, records, 0, {}, description});
  }
  void output(std::uint32_t id, output_event what, const std::string& failure = "") {
    bus->output_changed({{}, output_number{id}, first, what, clock->at.count(), failure});
  }
  void receiver(receiver_event what, const std::string& message = "") {
    bus->receiver_changed({{}, right, what, message});
  }
};

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(texts)

BOOST_AUTO_TEST_SUITE(listener_bus_suite)

BOOST_AUTO_TEST_CASE(a_batch_is_told_of_from_its_cut_to_its_commit) {
  fixture x;
  x.clock->at = 7us;
  x.bus->streaming_started();
  BOOST_TEST(x.heard() == (texts{"streaming at 7 us"}));
  x.clock->at = 10us;
  x.bus->cut(first);
  x.take(left, 2);
  BOOST_TEST(x.heard().empty());
  x.clock->at = 15us;
  x.take(right, 3, "some files");
  BOOST_TEST(x.heard()
             == (texts{"1000 ms submitted, 5 records, ? + ? = ?", "1000 ms started, 5 records, 5 us + ? = ?"}));
  x.output(0, output_event::started);
  x.clock->at = 18us;
  x.output(0, output_event::completed);
  x.output(1, output_event::started);
  x.clock->at = 20us;
  x.output(1, output_event::failed, "no space");
  BOOST_TEST(x.heard()
             == (texts{"print#3 runs at 1000 ms, ? ", "print#3 has run at 1000 ms, 3 us ",
                       "foreach_rdd#4 runs at 1000 ms, ? ", "foreach_rdd#4 has run at 1000 ms, 2 us no space"}));
  x.clock->at = 21us;
  x.bus->completed(first);
  BOOST_TEST(x.heard() == (texts{"1000 ms completed, 5 records, 5 us + 6 us = 11 us"}));
  const auto& info = x.listener->last;
  BOOST_TEST(info.stream_id_to_input_info.at(left).metadata_description == "");
  BOOST_TEST(info.stream_id_to_input_info.at(right).metadata_description == "some files");
  BOOST_TEST(info.stream_id_to_input_info.at(right).num_records == 3U);
  BOOST_TEST(info.output_operation_infos.at(output_number{0}).description == "print of union#2");
  BOOST_TEST(info.output_operation_infos.at(output_number{1}).description == "foreach_rdd of b");
  BOOST_TEST(info.output_operation_infos.at(output_number{1}).failure_reason.value() == "no space");
  // It is over.
  x.bus->completed(first);
  x.output(1, output_event::started);
  x.take(left, 1);
  BOOST_TEST(x.heard().empty());
}

BOOST_AUTO_TEST_CASE(who_listens_from_later_on_is_told_of_later_batches) {
  fixture x;
  x.listeners->remove(x.listener);
  x.bus->cut(first);
  x.listeners->add(x.listener);
  x.take(left, 1);
  x.take(right, 1);
  x.output(0, output_event::started);
  x.bus->completed(first);
  BOOST_TEST(x.heard().empty());
}

BOOST_AUTO_TEST_CASE(of_a_receiver_the_last_error_is_known) {
  fixture x;
  x.receiver(receiver_event::started);
  x.clock->at = 5us;
  x.receiver(receiver_event::error, "it rains");
  x.clock->at = 6us;
  x.receiver(receiver_event::stopped);
  x.receiver(receiver_event::started);
  x.clock->at = 9us;
  x.receiver(receiver_event::stopped, "gone for good");
  BOOST_TEST(x.heard()
             == (texts{"b started, active,  at ?", "b error, active, it rains at 5 us", "b stopped, it rains at 5 us",
                       "b started, active, it rains at 5 us", "b error, active, gone for good at 9 us",
                       "b stopped, gone for good at 9 us"}));
}

BOOST_AUTO_TEST_CASE(what_one_listener_throws_the_others_do_not_notice) {
  class broken : public streaming_listener {
    void on_receiver_started(const receiver_info&) override { throw std::runtime_error{"deaf"}; }
  };
  fixture x;
  x.listeners->remove(x.listener);
  x.listeners->add(std::make_shared<broken>());
  x.listeners->add(x.listener);
  x.receiver(receiver_event::started);
  BOOST_TEST(x.heard().size() == 1U);
  BOOST_TEST(!listener_list::is_calling());
}

BOOST_AUTO_TEST_CASE(without_listeners_nothing_happens) {
  fixture x;
  listener_bus bus{nullptr, 1, x.clock, nullptr};
  bus.streaming_started();
  bus.cut(first);
  bus.taken({{}, left, first, 1, 0, {}, ""});
  bus.output_changed({});
  bus.receiver_changed({});
  bus.completed(first);
}

BOOST_AUTO_TEST_SUITE_END()
