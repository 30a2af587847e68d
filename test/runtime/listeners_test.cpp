// SPDX-License-Identifier: BSD-3-Clause
//
// What listeners hear of a whole program, on one node and on several, under virtual time.
#include <receivers/fake_disk.hpp>
#include <support/cluster.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <utility>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace data = boost::unit_test::data;

namespace {

using texts = std::vector<std::string>;

const auto worker_counts = data::make({0U, 2U});

/// Writes down what it hears.
class scribe : public streaming_listener {
public:
  void on_batch_submitted(const batch_info& x) override { note("submitted", x); }
  void on_batch_started(const batch_info& x) override { note("started", x); }
  void on_batch_completed(const batch_info& x) override { note("completed", x); }
  void on_output_operation_started(const output_operation_info& x) override { heard.push_back(x.name + " runs"); }
  void on_output_operation_completed(const output_operation_info& x) override {
    heard.push_back(x.name + (x.failure_reason ? " failed: " + *x.failure_reason : " has run"));
  }
  void on_input_error(const input_error_info& x) override {
    heard.push_back(x.name + " left out " + (x.error.what == left_out::record ? "a record" : "all") + " of "
                    + x.error.path + " at " + std::to_string(x.error.offset) + ": " + x.error.reason);
  }
  void on_receiver_started(const receiver_info& x) override { note("started", x); }
  void on_receiver_error(const receiver_info& x) override { note("error", x); }
  void on_receiver_stopped(const receiver_info& x) override { note("stopped", x); }

  /// What was heard of receivers since the last call.
  texts take_receivers() { return std::exchange(receivers_, {}); }

  texts heard;        ///< of batches and outputs
  texts descriptions; ///< of what the completed batches took

private:
  void note(const std::string& what, const batch_info& x) {
    heard.push_back(what + ' ' + std::to_string(x.num_records()));
    if (what == "completed")
      for (const auto& [stream, info] : x.stream_id_to_input_info)
        descriptions.push_back(info.metadata_description);
  }
  void note(const std::string& what, const receiver_info& x) {
    receivers_.push_back(x.name + ' ' + what + (x.active ? " active " : " ") + x.last_error_message);
  }

  texts receivers_;
};

runtime_options in_two_partitions() {
  runtime_options how;
  how.partitions = 2;
  return how;
}

std::shared_ptr<record_queue<int>> queue_of(const std::vector<std::vector<int>>& sets) {
  auto result = std::make_shared<record_queue<int>>();
  for (const auto& set : sets)
    result->push(set);
  return result;
}

int not_2(int x) { return x != 2 ? x : throw std::runtime_error{"two"}; }

/// A disk whose clock stands where that of a cluster stands.
std::shared_ptr<fake_disk> disk_of(const cluster& c) {
  auto result = std::make_shared<fake_disk>();
  result->now = c.now().ms();
  return result;
}

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(texts)

BOOST_AUTO_TEST_SUITE(listeners)

BOOST_DATA_TEST_CASE(batches_and_their_outputs_are_heard_of_in_order, worker_counts, workers) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto listener = std::make_shared<scribe>();
    const auto queue = queue_of({{1, 2, 3}, {4}});
    cluster c{workers, seed};
    c.add_streaming_listener(listener);
    const auto compose = [queue](streaming_context& ctx) {
      const auto numbers = ctx.queue_stream(queue);
      numbers.map([](int x) { return std::pair{x % 2, x}; }).reduce_by_key(std::plus<>{}).print();
      numbers.foreach_rdd([](const auto&) {});
    };
    c.start(1s, compose, in_two_partitions());
    c.advance(2s);
    const texts outputs{"print#3 runs", "print#3 has run", "foreach_rdd#4 runs", "foreach_rdd#4 has run"};
    texts expected;
    for (const std::string n : {"3", "1"}) {
      expected.push_back("submitted " + n);
      expected.push_back("started " + n);
      expected.insert(expected.end(), outputs.begin(), outputs.end());
      expected.push_back("completed " + n);
    }
    BOOST_TEST_REQUIRE(listener->heard.size() >= expected.size());
    listener->heard.resize(expected.size());
    BOOST_TEST(listener->heard == expected, boost::test_tools::per_element());
    c.stop(stop_mode::immediate);
    const auto heard = listener->heard.size();
    c.advance(5s);
    BOOST_TEST(listener->heard.size() == heard);
  }
}

BOOST_DATA_TEST_CASE(an_output_that_throws_is_heard_of_before_the_program_ends, worker_counts, workers) {
  const auto listener = std::make_shared<scribe>();
  cluster c{workers};
  c.add_streaming_listener(listener);
  c.start(1s, [](streaming_context& ctx) {
    ctx.queue_stream(queue_of({{1}})).foreach_rdd([](const auto&) { throw std::runtime_error{"no space"}; });
  });
  c.advance(3s);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(listener->heard
             == (texts{"submitted 1", "started 1", "foreach_rdd#1 runs", "foreach_rdd#1 failed: no space"}));
}

BOOST_DATA_TEST_CASE(all_outputs_of_a_batch_run_before_its_failure_ends_the_program, worker_counts, workers) {
  const auto listener = std::make_shared<scribe>();
  cluster c{workers};
  c.add_streaming_listener(listener);
  c.start(1s, [](streaming_context& ctx) {
    const auto numbers = ctx.queue_stream(queue_of({{1}}));
    for (const auto* why : {"no space", "no peer"})
      numbers.foreach_rdd([why](const auto&) { throw std::runtime_error{why}; });
  });
  c.advance(3s);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason().ends_with("foreach_rdd#1 failed: no space"), c.reason());
  BOOST_TEST(listener->heard
                 == (texts{"submitted 1", "started 1", "foreach_rdd#1 runs", "foreach_rdd#1 failed: no space",
                           "foreach_rdd#2 runs", "foreach_rdd#2 failed: no peer"}),
             boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(where_failures_are_survived_outputs_say_why_they_did_not_run, worker_counts, workers) {
  const auto listener = std::make_shared<scribe>();
  const auto queue = queue_of({{1}, {2}, {3}});
  cluster c{workers};
  c.add_streaming_listener(listener);
  const auto compose = [queue](streaming_context& ctx) {
    ctx.on_error(error_policy::skip_batch);
    const auto numbers = ctx.queue_stream(queue);
    numbers.repartition(2).map(not_2).foreach_rdd([](const auto&) {});
    numbers.foreach_rdd([](const auto& records) { records.for_each([](int x) { not_2(x - 1); }); });
  };
  const auto second = to_string(c.now() + 2s);
  c.start(1s, compose, in_two_partitions());
  c.advance(3s);
  BOOST_TEST(c.is_running());
  // The operator is in one of two partitions, and names it.
  for (auto& line : listener->heard)
    for (const auto* partition : {"partition 0", "partition 1"})
      if (const auto at = line.find(partition); at != line.npos)
        line.replace(at, 11, "a partition");
  BOOST_TEST(listener->heard
                 == (texts{"submitted 1", "started 1", "foreach_rdd#3 runs", "foreach_rdd#3 has run",
                           "foreach_rdd#4 runs", "foreach_rdd#4 has run", "completed 1",
                           //
                           "submitted 1", "started 1", "foreach_rdd#3 runs",
                           "foreach_rdd#3 failed: it did not run: batch " + second
                               + ", a partition: map#2 failed: two; record: 2",
                           "foreach_rdd#4 runs", "foreach_rdd#4 has run", "completed 1",
                           //
                           "submitted 1", "started 1", "foreach_rdd#3 runs", "foreach_rdd#3 has run",
                           "foreach_rdd#4 runs", "foreach_rdd#4 failed: two", "completed 1"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_output_without_a_dataset_at_a_time_does_not_run_then) {
  const auto listener = std::make_shared<scribe>();
  cluster c{0};
  c.add_streaming_listener(listener);
  c.start(1s, [](streaming_context& ctx) {
    ctx.queue_stream(queue_of({})).window(2s, 2s).foreach_rdd([](const auto&) {});
  });
  c.advance(4s);
  BOOST_TEST(std::ranges::count(listener->heard, "completed 0") == 4);
  BOOST_TEST(std::ranges::count(listener->heard, "foreach_rdd#2 has run") == 2);
}

BOOST_AUTO_TEST_CASE(the_files_that_a_batch_took_are_told_with_it) {
  const auto listener = std::make_shared<scribe>();
  cluster c{0};
  c.add_streaming_listener(listener);
  const auto disk = disk_of(c);
  const auto start = disk->now;
  disk->files["in/a"] = {start + 100, "one\ntwo\n"};
  disk->files["in/b"] = {start + 200, "three\n"};
  disk->files["in/c"] = {start + 2200, "four\n"};
  c.start([&disk] {
    streaming_context ctx{1s};
    ctx.text_file_stream("in").foreach_rdd([](const auto&) {});
    auto result = ctx.compose();
    result.inputs[0] = text_file_input("in", 1s, {}, environment_of(disk));
    return result;
  });
  c.advance(3s);
  BOOST_TEST(listener->descriptions == (texts{"in/a\nin/b", "", "in/c"}), boost::test_tools::per_element());
  BOOST_TEST(listener->heard.front() == "submitted 3");
}

BOOST_AUTO_TEST_CASE(what_an_input_leaves_out_is_told_before_its_batch) {
  const auto listener = std::make_shared<scribe>();
  cluster c{0};
  c.add_streaming_listener(listener);
  const auto disk = disk_of(c);
  const auto start = disk->now;
  disk->files["in/a"] = {start + 100, "one\nmuch too long\ntwo\n"};
  disk->files["in/b"] = {start + 200, "b\n"};
  disk->locked.insert("in/b");
  c.start([&disk] {
    streaming_context ctx{1s};
    ctx.text_file_stream("in").named("words").foreach_rdd([](const auto&) {});
    auto result = ctx.compose();
    result.inputs[0] =
        text_file_input("in", 1s, {.max_line = 5, .on_error = input_error_policy::skip_record}, environment_of(disk));
    return result;
  });
  c.advance(1s);
  BOOST_TEST_REQUIRE(listener->heard.size() >= 3U);
  listener->heard.resize(3);
  BOOST_TEST(
      listener->heard
          == (texts{"words left out a record of in/a at 4: a line is longer than the limit of 5 bytes (max_line)",
                    "words left out all of in/b at 0: cannot open 'in/b': Permission denied", "submitted 2"}),
      boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_receiver_is_heard_of_when_it_starts_fails_and_ends, worker_counts, workers) {
  class idle : public receiver<int> {
  public:
    explicit idle(idle** self) { *self = this; }

  private:
    void on_start() override {}
    void on_stop() override {}
  };
  const auto listener = std::make_shared<scribe>();
  idle* made = nullptr;
  cluster c{workers};
  c.add_streaming_listener(listener);
  c.start(1s, [&made](streaming_context& ctx) {
    ctx.receiver_stream<idle>(&made).named("sensor").foreach_rdd([](const auto&) {});
  });
  c.advance(1s);
  BOOST_TEST_REQUIRE(made != nullptr);
  BOOST_TEST(listener->take_receivers() == (texts{"sensor started active "}));
  made->report_error("it rains");
  c.advance(1ms);
  BOOST_TEST(listener->take_receivers() == (texts{"sensor error active it rains"}));
  made->restart("lost", 2s);
  c.advance(1s);
  BOOST_TEST(listener->take_receivers()
             == (texts{"sensor error active lost; trying again in 2 s", "sensor stopped lost; trying again in 2 s"}));
  c.advance(1s);
  BOOST_TEST(listener->take_receivers() == (texts{"sensor started active lost; trying again in 2 s"}));
  made->stop("broken");
  c.advance(1s);
  BOOST_TEST(listener->take_receivers() == (texts{"sensor error active broken", "sensor stopped broken"}));
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason() == "sensor: broken");
}

BOOST_AUTO_TEST_SUITE_END()
