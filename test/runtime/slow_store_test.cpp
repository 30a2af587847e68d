// SPDX-License-Identifier: BSD-3-Clause
//
// A disk may be as slow as it likes: as long as it goes on, so does the program. The whole runtime under virtual time.
#include <support/cluster.hpp>

#include "totals.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <map>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// A store in memory that takes its time, by letting it pass.
class slow_store final : public keyed_store {
public:
  std::function<void()> before_reading;
  std::function<void()> before_writing;

  std::filesystem::path place() const override { return inner_.place(); }

private:
  write_result do_apply(const write_batch& batch) override {
    if (before_writing)
      before_writing();
    return inner_.apply(batch);
  }

  error do_scan(std::string_view from, std::string_view end, const visitor& visit) const override {
    if (before_reading)
      before_reading();
    return inner_.scan(from, end, visit);
  }

  memory_store inner_;
};

struct fixture {
  std::shared_ptr<record_queue<std::string_view>> queue = std::make_shared<record_queue<std::string_view>>();
  std::shared_ptr<std::map<std::string, int>> seen = std::make_shared<std::map<std::string, int>>();
  slow_store log;
  memory_store snapshots;
  cluster c{1};

  /// Starts a program that counts words; from the moment it is placed, each read from the disk does `when_reading`.
  void start(std::function<void()> when_reading = {}) {
    auto opened = checkpoint_log::open(log, snapshots);
    BOOST_REQUIRE(opened);
    const auto compose = [this](streaming_context& ctx) {
      ctx.queue_stream(queue)
          .map([](std::string_view word) { return std::pair{word, 1}; })
          .update_state_by_key(add_up)
          .foreach_rdd([seen = seen](const auto& records) {
            records.for_each([&seen](const auto& x) { (*seen)[std::string{x.first}] = x.second; });
          });
    };
    log.before_reading = std::move(when_reading);
    c.start(interval, compose, spread_over(1), std::make_shared<checkpoint_log>(std::move(*opened)));
    log.before_reading = nullptr;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(slow_store_suite, fixture)

BOOST_AUTO_TEST_CASE(a_state_of_which_each_piece_takes_minutes_is_loaded) {
  for (const auto* word : {"a", "b", "c", "d"})
    queue->push({word});
  start();
  c.advance(6 * interval);
  BOOST_REQUIRE((*seen == std::map<std::string, int>{{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}}));
  c.kill_driver();
  seen->clear();
  std::size_t reads = 0;
  start([this, &reads] {
    ++reads;
    c.advance(150s);
  });
  BOOST_TEST(reads >= 4U);
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.advance(2 * interval);
  BOOST_TEST((*seen == std::map<std::string, int>{{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}}));
}

BOOST_AUTO_TEST_CASE(a_commit_that_takes_minutes_is_waited_for) {
  start();
  c.advance(2 * interval);
  bool was_slow = false;
  log.before_writing = [this, &was_slow] {
    log.before_writing = nullptr;
    c.advance(130s);
    was_slow = true;
  };
  queue->push({"a"});
  c.advance(2 * interval);
  BOOST_TEST(was_slow);
  c.advance(131s); // the step above ends when it was to end, before the one in it
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.kill_driver();
  seen->clear();
  start();
  c.advance(2 * interval);
  BOOST_TEST((*seen == std::map<std::string, int>{{"a", 1}}));
}

BOOST_AUTO_TEST_SUITE_END()
