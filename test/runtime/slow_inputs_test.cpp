// SPDX-License-Identifier: BSD-3-Clause
//
// Inputs whose functions do not return for long: they delay no other input, no batch and no stop. The whole runtime
// under virtual time; a function is as slow as the test that holds its thread.
#include <support/cluster.hpp>
#include <support/held_threads.hpp>

#include "totals.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// Gives one record a batch, the next number.
class counter : public source<int> {
public:
  explicit counter(std::vector<std::int64_t>* asked = nullptr) : asked_{asked} {}

  std::optional<std::vector<int>> compute(batch_time t) override {
    if (asked_ != nullptr)
      asked_->push_back(t.ms());
    return std::vector{next_++};
  }
  std::string position() override { return std::to_string(next_); }
  void resume(std::string_view position) override { next_ = std::stoi(std::string{position}); }

private:
  std::vector<std::int64_t>* asked_;
  int next_ = 0;
};

/// Stores a number whenever it is started, and counts.
class starter : public receiver<int> {
public:
  static inline int starts = 0;
  static inline int stops = 0;
  static inline starter* last = nullptr;

  starter() { last = this; }

protected:
  void on_start() override { store(++starts); }
  void on_stop() override { ++stops; }
};

/// What came in each batch.
using batches = std::map<std::int64_t, std::vector<int>>;

auto into(batches& all) {
  return [&all](const auto& records, batch_time t) {
    auto& batch = all[t.ms()];
    records.for_each([&batch](int x) { batch.push_back(x); });
  };
}

struct fixture {
  std::shared_ptr<held_threads> threads = std::make_shared<held_threads>();
  batches first;
  batches second;
  std::vector<std::int64_t> asked;
  std::shared_ptr<record_queue<int>> queue = std::make_shared<record_queue<int>>();
  cluster c{0};

  fixture() { c.use_input_threads(threads); }

  /// Two inputs that have nothing to do with each other: a source that can be held, and a queue.
  cluster::compose_streams program() {
    return [this](streaming_context& ctx) {
      ctx.input_stream<int>([this] { return std::make_unique<counter>(&asked); }).foreach_rdd(into(first));
      ctx.queue_stream(queue).foreach_rdd(into(second));
    };
  }

  void push_and_pass(int numbers) {
    for (auto i = 0; i < numbers; ++i) {
      queue->push({i});
      c.advance(interval);
    }
  }
};

const std::string source_name = "input_stream#0";
const std::string receiver_name = "receiver_stream#0";

std::vector<int> all_of(const batches& x) {
  std::vector<int> result;
  for (const auto& [t, batch] : x)
    result.insert(result.end(), batch.begin(), batch.end());
  return result;
}

std::vector<int> up_to(int n) {
  std::vector<int> result(static_cast<std::size_t>(n));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(slow_inputs, fixture)

BOOST_AUTO_TEST_CASE(a_source_that_takes_ten_seconds_delays_no_batch_and_loses_nothing) {
  c.start(interval, program(), spread_over(1));
  push_and_pass(5);
  BOOST_TEST(first.size() == 5U);
  threads->hold(source_name);
  push_and_pass(5); // a batch waits for half a second at most
  push_and_pass(95);
  BOOST_TEST(second.size() >= 104U);
  BOOST_TEST(all_of(second).size() >= 104U);
  BOOST_TEST(first.size() == second.size()); // empty ones
  BOOST_TEST(all_of(first) == up_to(5), boost::test_tools::per_element());
  BOOST_TEST(threads->waiting(source_name) == 1U); // is asked once
  threads->let_go(source_name);
  push_and_pass(5);
  BOOST_TEST(all_of(first) == up_to(static_cast<int>(asked.size())), boost::test_tools::per_element());
  BOOST_TEST(first.rbegin()->second.size() == 1U);
  BOOST_TEST(std::ranges::is_sorted(asked, std::less_equal{}));
  c.stop(stop_mode::graceful);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason() == "");
}

BOOST_AUTO_TEST_CASE(a_batch_waits_for_a_source_that_is_a_little_slow) {
  c.start(interval, program(), spread_over(1));
  push_and_pass(1);
  threads->hold(source_name);
  push_and_pass(4);
  BOOST_TEST(first.size() == 1U);
  threads->let_go(source_name);
  push_and_pass(5);
  BOOST_TEST(first.size() == 10U);
  for (const auto& [t, batch] : first)
    BOOST_TEST(batch.size() == 1U); // each with its own answer
  c.stop(stop_mode::graceful);
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_a_source_that_does_not_answer) {
  for (const auto mode : {stop_mode::graceful, stop_mode::immediate})
    for (const auto from_the_start : {false, true}) {
      fixture x;
      if (from_the_start)
        x.threads->hold(source_name);
      x.c.start(interval, x.program());
      x.push_and_pass(20);
      x.threads->hold(source_name);
      x.push_and_pass(from_the_start ? 1 : 20);
      x.c.stop(mode);
      x.c.advance(1s);
      BOOST_TEST(x.c.is_stopped());
      BOOST_TEST(x.c.reason() == "");
      x.threads->let_go(source_name); // of use to nobody, and no harm
      x.c.advance(1s);
    }
}

BOOST_AUTO_TEST_CASE(a_source_that_is_late_and_then_fails_ends_the_program) {
  class brittle : public source<int> {
    std::optional<std::vector<int>> compute(batch_time) override { throw std::runtime_error{"boom"}; }
  };
  threads->hold(source_name);
  c.start(interval, [](streaming_context& ctx) {
    ctx.input_stream<int>([] { return std::make_unique<brittle>(); }).foreach_rdd([](const auto&) {});
  });
  c.advance(10s);
  BOOST_TEST(c.is_running());
  threads->let_go(source_name);
  c.advance(1s);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason().find("boom") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(whenever_the_driver_dies_the_records_of_a_slow_source_count_exactly_once) {
  std::size_t deaths_while_late = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random{seed};
    std::map<int, int> sums;
    std::vector<std::int64_t> times;
    simulated_disk checkpoint;
    cluster c{0, seed};
    const auto compose = [&](streaming_context& ctx) {
      ctx.input_stream<int>([&times] { return std::make_unique<counter>(&times); })
          .map([](int x) { return std::pair{x % 3, 1}; })
          .update_state_by_key(add_up)
          .foreach_rdd([&sums](const auto& records) {
            sums.clear();
            records.for_each([&sums](const auto& x) { sums[x.first] = x.second; });
          });
    };
    int last = 0;
    for (auto life = 0; life < 5; ++life) {
      const auto slow = std::make_shared<held_threads>();
      c.use_input_threads(slow);
      c.start(interval, compose, spread_over(2, 1 + seed % 3), checkpoint.open());
      for (auto step = 5 + random() % 10; step > 0; --step) {
        if (random() % 2 == 0)
          slow->hold(source_name);
        c.advance(std::chrono::milliseconds{random() % 1500});
        if (step == 1 && life < 4)
          break;
        slow->let_go(source_name);
        c.advance(std::chrono::milliseconds{1 + random() % 300});
      }
      if (life < 4) {
        deaths_while_late += slow->waiting(source_name) != 0 ? 1 : 0;
        c.kill_driver();
      } else {
        c.advance(1s);
        last = sums[0] + sums[1] + sums[2];
      }
    }
    c.stop(stop_mode::graceful);
    BOOST_TEST(c.reason() == "");
    BOOST_TEST(last > 0);
    // Numbers 0, 1, 2, … with each counted once: the three counts differ by one at most, in that order.
    const auto n = sums[0] + sums[1] + sums[2];
    for (auto k = 0; k < 3; ++k)
      BOOST_TEST(sums[k] == (n + 2 - k) / 3, "seed " << seed);
  }
  BOOST_TEST(deaths_while_late > 20U);
}

BOOST_AUTO_TEST_CASE(a_queue_needs_no_thread) {
  c.start(interval, [this](streaming_context& ctx) { ctx.queue_stream(queue).foreach_rdd(into(second)); });
  push_and_pass(3);
  BOOST_TEST(second.size() == 3U);
  BOOST_TEST(threads->started == 0);
  c.stop(stop_mode::graceful);
}

BOOST_AUTO_TEST_CASE(a_receiver_whose_on_stop_takes_ten_seconds_delays_no_batch) {
  starter::starts = starter::stops = 0;
  c.start(interval, [this](streaming_context& ctx) {
    ctx.receiver_stream<starter>().foreach_rdd(into(first));
    ctx.queue_stream(queue).foreach_rdd(into(second));
  });
  push_and_pass(5);
  threads->hold(receiver_name);
  starter::last->restart("why not", 1s);
  push_and_pass(100);
  BOOST_TEST(second.size() == 105U);
  BOOST_TEST(first.size() == 105U);
  BOOST_TEST(starter::starts == 1);
  threads->let_go(receiver_name);
  push_and_pass(15);
  BOOST_TEST(starter::stops == 1);
  BOOST_TEST(starter::starts == 2);
  BOOST_TEST(all_of(first) == (std::vector{1, 2}), boost::test_tools::per_element());
  c.stop(stop_mode::graceful);
  BOOST_TEST(c.reason() == "");
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_a_receiver_that_does_not_stop) {
  for (const auto mode : {stop_mode::graceful, stop_mode::immediate})
    for (const auto from_the_start : {false, true}) {
      fixture x;
      starter::starts = starter::stops = 0;
      if (from_the_start)
        x.threads->hold(receiver_name); // not even its constructor returns
      x.c.start(interval, [&x](streaming_context& ctx) { ctx.receiver_stream<starter>().foreach_rdd(into(x.first)); });
      x.push_and_pass(5);
      x.threads->hold(receiver_name);
      x.c.stop(mode);
      x.c.advance(1s);
      BOOST_TEST(x.c.is_stopped());
      BOOST_TEST(x.c.reason() == "");
      BOOST_TEST(all_of(x.first).size() == (from_the_start ? 0U : 1U));
      x.threads->let_go(receiver_name);
      x.c.advance(1s);
      BOOST_TEST(starter::stops == (from_the_start ? 0 : 1));
    }
}

BOOST_AUTO_TEST_CASE(a_receiver_whose_constructor_throws_ends_the_program) {
  class broken : public receiver<int> {
  public:
    broken() { throw std::runtime_error{"no licence"}; }

  private:
    void on_start() override {}
    void on_stop() override {}
  };
  c.start(interval, [](streaming_context& ctx) { ctx.receiver_stream<broken>().foreach_rdd([](const auto&) {}); });
  c.advance(1s);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason() == "receiver_stream#0: its receiver cannot be made: no licence");
}

BOOST_AUTO_TEST_SUITE_END()
