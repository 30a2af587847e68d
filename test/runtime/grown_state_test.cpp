// SPDX-License-Identifier: BSD-3-Clause
//
// A program whose state is a struct, and the same program after fields were appended to it. The whole runtime under
// virtual time.
#include <support/cluster.hpp>

#include "totals.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace sluice;
using namespace sluice::test;

namespace {

/// Three lives of a struct.
struct first_form {
  std::int64_t count = 0;
};
struct second_form {
  std::int64_t count = 0;
  double factor = 2.5;
};
struct third_form {
  std::int64_t count = 0;
  double factor = 2.5;
  std::string note = "none";
};

template <class S>
using table = std::map<int, S>;

/// Counts how often each of ten numbers came, one a batch; `seen` has the states after the last batch.
template <class S>
cluster::compose_streams count_numbers(table<S>& seen) {
  return [&seen](streaming_context& ctx) {
    auto queue = std::make_shared<record_queue<int>>();
    for (int i = 0; i < 10; ++i)
      queue->push({i});
    ctx.queue_stream(queue)
        .map([](int x) { return std::pair{x, 1}; })
        .update_state_by_key([](std::span<const int> ones, std::optional<S> state) {
          auto now = state.value_or(S{});
          now.count += static_cast<std::int64_t>(ones.size());
          return std::optional{now};
        })
        .named("counts")
        .foreach_rdd([&seen](const auto& records) {
          seen.clear();
          records.for_each([&seen](const auto& x) { seen[x.first] = x.second; });
        });
  };
}

/// The same with the times of the last touch beside the states.
template <class S>
cluster::compose_streams touch_numbers(table<S>& seen) {
  return [&seen](streaming_context& ctx) {
    auto queue = std::make_shared<record_queue<int>>();
    for (int i = 0; i < 10; ++i)
      queue->push({i});
    const auto count = [](const int& key, const std::optional<int>&, state<S>& s) {
      auto now = s.exists() ? s.get() : S{};
      ++now.count;
      s.update(now);
      return key;
    };
    ctx.queue_stream(queue)
        .map([](int x) { return std::pair{x, 1}; })
        .map_with_state(state_spec<S>(count).timeout(std::chrono::hours{1}))
        .named("counts")
        .state_snapshots()
        .foreach_rdd([&seen](const auto& records) {
          seen.clear();
          records.for_each([&seen](const auto& x) { seen[x.first] = x.second; });
        });
  };
}

/// One life of a program, with ten batches at least, and a graceful stop. Each begins at the same virtual time, and
/// batch times go on after those of the life before, so it has to wait for them.
void live(testkit::simulated_disk& disk, const cluster::compose_streams& program, int life) {
  cluster c{0};
  c.start(interval, program, spread_over(2), disk.open());
  c.advance(life * 20 * interval);
  c.stop(stop_mode::graceful);
  c.advance(20 * interval);
  BOOST_TEST_REQUIRE(c.is_stopped());
  BOOST_TEST(c.reason() == "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(grown_state)

BOOST_AUTO_TEST_CASE(fields_that_were_appended_to_a_state_have_their_defaults) {
  testkit::simulated_disk disk;
  table<first_form> first;
  live(disk, count_numbers(first), 1);
  table<second_form> second;
  live(disk, count_numbers(second), 2);
  table<third_form> third;
  live(disk, count_numbers(third), 3);
  BOOST_TEST_REQUIRE(third.size() == 10U);
  for (const auto& [key, state] : third) {
    BOOST_TEST(state.count == 3);
    BOOST_TEST(state.factor == 2.5);
    BOOST_TEST(state.note == "none");
  }
}

BOOST_AUTO_TEST_CASE(a_state_may_grow_by_several_fields_at_once_and_with_times_of_touches) {
  testkit::simulated_disk disk;
  table<first_form> first;
  live(disk, touch_numbers(first), 1);
  table<third_form> third;
  live(disk, touch_numbers(third), 3);
  BOOST_TEST_REQUIRE(third.size() == 10U);
  for (const auto& [key, state] : third) {
    BOOST_TEST(state.count == 2);
    BOOST_TEST(state.note == "none");
  }
}

BOOST_AUTO_TEST_CASE(a_state_that_lost_a_field_is_refused) {
  testkit::simulated_disk disk;
  table<second_form> second;
  live(disk, count_numbers(second), 2);
  cluster c{0};
  table<first_form> first;
  c.start(interval, count_numbers(first), spread_over(2), disk.open());
  c.advance(interval);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason().find("the schema '(i32,(i64,f64))'") != std::string::npos, c.reason());
}

BOOST_AUTO_TEST_SUITE_END()
