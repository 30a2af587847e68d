// SPDX-License-Identifier: BSD-3-Clause
//
// What a program under test is composed with, beside streams of one input.
#include <sluice/testkit/composing.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>

#include "every_runner.hpp"

using namespace sluice;
using namespace sluice::testkit;
using namespace std::chrono_literals;
using test::on_every_runner;

namespace {

using ints = std::vector<int>;
using texts = std::vector<std::string>;

template <record T>
std::vector<owned_t<T>> sorted_output(const runner& run, const std::string& name, std::size_t n) {
  auto records = run.output<T>(name, n);
  BOOST_REQUIRE_MESSAGE(records, "no dataset in batch " << n);
  std::ranges::sort(*records);
  return *records;
}

ints sum_of_each(const std::vector<rdd<int>>& datasets) {
  ints result;
  for (const auto& x : datasets)
    result.push_back(x.fold(0, std::plus<>{}));
  return result;
}

/// Writes down what it hears.
class scribe final : public streaming_listener {
public:
  explicit scribe(texts& heard) : heard_{heard} {}

  void on_streaming_started(batch_info::time_point) override { heard_.emplace_back("streaming started"); }
  void on_batch_submitted(const batch_info& x) override { note("submitted", x); }
  void on_batch_started(const batch_info& x) override { note("started", x); }
  void on_batch_completed(const batch_info& x) override { note("completed", x); }
  void on_output_operation_started(const output_operation_info& x) override {
    heard_.push_back("output " + std::to_string(x.id.value()) + " started");
  }
  void on_output_operation_completed(const output_operation_info& x) override {
    heard_.push_back("output " + std::to_string(x.id.value()) + (x.failure_reason ? " failed" : " completed"));
  }

private:
  void note(const std::string& what, const batch_info& x) {
    const auto second = (x.time - start_of_time) / 1s;
    heard_.push_back(what + " " + std::to_string(second) + ": " + std::to_string(x.num_records()));
  }

  texts& heard_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(testkit_composing)

BOOST_AUTO_TEST_CASE(streams_are_put_together) {
  const auto compose = [](composing& c) {
    const auto a = c.input<int>("a");
    const auto b = c.input<int>("b");
    c.output(c.union_all({a, b}), "union");
    c.output(c.transform_all({a, b}, [](const std::vector<rdd<int>>& x) { return rdd<int>::of(sum_of_each(x)); }),
             "sums");
  };
  on_every_runner(compose, [](runner& run) {
    run.feed<int>("a", {1, 2});
    run.feed<int>("b", {30});
    run.advance();
    BOOST_TEST((sorted_output<int>(run, "union", 1) == ints{1, 2, 30}));
    BOOST_TEST((sorted_output<int>(run, "sums", 1) == ints{3, 30}));
  });
}

BOOST_AUTO_TEST_CASE(persisted_streams_remember) {
  std::vector<dstream<int>> kept; // the driver composes first
  const auto compose = [&kept](composing& c) {
    c.remember(3s);
    kept.push_back(c.input<int>("numbers").persist());
  };
  on_every_runner(compose, [&kept](runner& run) {
    for (const auto x : {1, 2, 3, 4}) {
      run.feed<int>("numbers", {x});
      run.advance();
    }
    BOOST_TEST((sum_of_each(kept.front().slice(run.time(2), run.time(4))) == ints{2, 3, 4}));
    kept.clear();
  });
}

BOOST_AUTO_TEST_CASE(sums_are_found_by_their_names) {
  const auto compose = [](composing& c) {
    const auto odd = c.make_accumulator<int>("odd");
    c.output(c.input<int>("numbers").filter([odd](int x) {
      odd.add(x % 2);
      return x % 2 == 0;
    }),
             "even");
  };
  on_every_runner(compose, [](runner& run) {
    BOOST_TEST(run.accumulated<int>("odd") == 0);
    run.feed_partitions<int>("numbers", {{1, 2, 3}, {5}});
    run.advance();
    run.feed<int>("numbers", {7});
    run.advance();
    BOOST_TEST(run.accumulated<int>("odd") == 4);
    BOOST_CHECK_THROW(run.accumulated<int>("even"), usage_error);
    BOOST_CHECK_THROW(run.accumulated<double>("odd"), usage_error);
    run.crash();
    run.recover();
    run.feed<int>("numbers", {9});
    run.advance();
    BOOST_TEST(run.accumulated<int>("odd") == 5); // of all that is committed
  });
}

BOOST_AUTO_TEST_CASE(broadcast_values_are_there) {
  const auto compose = [](composing& c) {
    const auto factor = c.make_broadcast([] { return 10; });
    c.output(c.input<int>("numbers").map([factor](int x) { return x * *factor; }), "products");
  };
  on_every_runner(compose, [](runner& run) {
    run.feed<int>("numbers", {1, 2});
    run.advance();
    BOOST_TEST((sorted_output<int>(run, "products", 1) == ints{10, 20}));
  });
}

BOOST_AUTO_TEST_CASE(listeners_are_told) {
  texts heard;
  const auto compose = [&heard](composing& c) {
    c.add_streaming_listener(std::make_shared<scribe>(heard));
    c.output(c.input<int>("numbers"), "numbers");
  };
  on_every_runner(compose, [&heard](runner& run) {
    run.feed<int>("numbers", {1, 2});
    run.advance();
    run.fail_output("numbers");
    run.feed<int>("numbers", {3});
    BOOST_CHECK_THROW(run.advance(), batch_failure);
    BOOST_TEST(
        heard
            == (texts{"streaming started", "submitted 1: 2", "started 1: 2", "output 0 started", "output 0 completed",
                      "completed 1: 2", "submitted 2: 1", "started 2: 1", "output 0 started", "output 0 failed"}),
        boost::test_tools::per_element());
    run.recover();
    BOOST_TEST(heard.back() == "streaming started");
    heard.clear();
  });
}

BOOST_AUTO_TEST_CASE(a_program_may_skip_batches_that_fail) {
  const auto compose = [](composing& c) {
    c.on_error(error_policy::skip_batch);
    c.output(c.input<int>("numbers").map([fault = c.fault("map")](int x) {
      fault();
      return x;
    }),
             "numbers");
  };
  on_every_runner(compose, [](runner& run) {
    run.fail_next("map");
    run.feed<int>("numbers", {1});
    run.advance();
    run.feed<int>("numbers", {2});
    run.advance();
    BOOST_TEST(!run.output<int>("numbers", 1));
    BOOST_TEST((sorted_output<int>(run, "numbers", 2) == ints{2}));
  });
}

BOOST_AUTO_TEST_CASE(an_input_may_have_partitions_of_its_own_and_empty_ones) {
  const auto compose = [](composing& c) {
    c.output(c.input<int>("numbers", 3).glom(), "partitions");
    c.output(c.input<int>("others").glom(), "others");
    c.output(c.input<int>("count").map([n = c.partitions()](int x) { return x * static_cast<int>(n); }), "count");
  };
  on_every_runner(compose, [](runner& run) {
    run.feed_partitions<int>("numbers", {{1}, {}, {2}});
    run.feed_partitions<int>("numbers", {{3}, {4}, {5}});
    run.feed<int>("numbers", {}); // takes no turn
    run.feed<int>("count", {1});
    run.advance();
    run.feed_partitions<int>("numbers", {{6}, {7}, {}});
    run.advance();
    BOOST_TEST((sorted_output<ints>(run, "partitions", 1) == std::vector<ints>{{1, 3}, {2, 5}, {4}}));
    BOOST_TEST((sorted_output<ints>(run, "partitions", 2) == std::vector<ints>{{}, {6}, {7}}));
    BOOST_TEST((static_cast<int>(run.output<ints>("others", 1)->size()) == run.output<int>("count", 1)->front()));
  });
  BOOST_CHECK_THROW(harness([](composing& c) { c.output(c.input<int>("numbers", 0), "numbers"); }), usage_error);
}

BOOST_AUTO_TEST_CASE(the_state_of_a_function_with_a_timeout_is_its_state) {
  const auto compose = [](composing& c) {
    const auto add = [](std::string_view, const std::optional<int>& x, state<std::int64_t>& sum) {
      if (x)
        sum.update(sum.get_option().value_or(0) + *x);
      return sum.get();
    };
    auto spec = state_spec<std::int64_t>(add);
    spec = spec.timeout(2s);
    const auto pairs = c.input<std::pair<std::string_view, int>>("pairs");
    c.output(pairs.map_with_state(spec).named("sums"), "sums");
  };
  on_every_runner(compose, [](runner& run) {
    using sums = std::map<std::string, std::int64_t>;
    const auto state = [&run] { return run.state<std::string_view, std::int64_t>("sums"); };
    run.feed<std::pair<std::string_view, int>>("pairs", {{"a", 1}, {"b", 2}, {"a", 3}});
    run.advance();
    BOOST_TEST((state() == sums{{"a", 4}, {"b", 2}}));
    BOOST_CHECK_THROW((run.state<std::string_view, std::string>("sums")), usage_error);
    run.advance();
    run.feed<std::pair<std::string_view, int>>("pairs", {{"b", 5}});
    run.advance(2);
    BOOST_TEST((state() == sums{{"b", 7}}));
  });
}

BOOST_AUTO_TEST_CASE(specifications_and_partitioners_are_values) {
  const auto closure = [n = 1](int key, const std::optional<int>&, state<int>&) { return key + n; };
  auto spec = state_spec<int>(closure);
  static_assert(!std::is_copy_assignable_v<decltype(closure)>);
  static_assert(std::is_copy_assignable_v<decltype(spec)> && std::is_move_assignable_v<decltype(spec)>);
  const auto plain = spec;
  spec = plain.timeout(2s);
  BOOST_TEST((spec.idle_limit() == std::optional<duration>{2s}));
  spec = plain;
  BOOST_TEST(!spec.idle_limit());
  auto by = partitioner{"by n", 3, [n = 1](int key) { return key % 3 * n; }};
  static_assert(std::is_copy_assignable_v<decltype(by)> && std::is_move_assignable_v<decltype(by)>);
  auto partitioned = plain.partitioner(by).initial_state(std::vector<std::pair<int, int>>{{1, 2}});
  static_assert(std::is_copy_assignable_v<decltype(partitioned)> && std::is_move_assignable_v<decltype(partitioned)>);
  partitioned = partitioned.timeout(2s);
  BOOST_TEST(partitioned.partitions().num_partitions() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
