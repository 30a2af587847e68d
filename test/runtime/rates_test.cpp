// SPDX-License-Identifier: BSD-3-Clause
//
// Limits of the rate of inputs, and backpressure. The whole runtime under virtual time: inputs that would give more
// than they may, and an output that takes its time.
#include <support/cluster.hpp>
#include <support/held_threads.hpp>

#include "totals.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <caf/event_based_actor.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/program/actor_stream.hpp>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using microseconds = std::chrono::microseconds;

/// Stores numbers as fast as it may, but no more than `most` in a millisecond. It sees that it may not by a number that
/// is one too many, and then tries again after some time.
actor_input_function<int> flood(int most) {
  return [most](caf::event_based_actor* self, const actor_store<int>& store) -> caf::behavior {
    self->delayed_send(self, 1ms, tick_atom::value);
    return {[self, store, most](tick_atom) {
      auto may = intake::open;
      for (auto i = 0; i < most && may == intake::open; ++i)
        may = store(i);
      self->delayed_send(self, may == intake::open ? 1ms : 10ms, tick_atom::value);
    }};
  };
}

/// Gives as many numbers as it has room for.
class deep_source final : public block_source {
public:
  expected<std::optional<std::vector<batch>>> pull(batch_time, std::uint64_t room) override {
    std::vector<int> records;
    for (auto bytes = std::min<std::uint64_t>(room, 1 << 20); bytes > 0; bytes -= std::min<std::uint64_t>(bytes, 4))
      records.push_back(7);
    std::vector<batch> result;
    if (!records.empty())
      result.push_back(make_batch<int>(records));
    return result;
  }
};

runtime_options on_one_partition() { return spread_over(1); }

struct fixture {
  simulated_disk disk;
  cluster c{0};
  std::uint64_t records = 0;
  microseconds per_record{0}; ///< that the output takes
  microseconds delay{0};      ///< of the last batch, from its time to the end of its output

  /// An output that counts, and takes its time.
  auto slow_count() {
    return [this](const auto& dataset, batch_time t) {
      const auto count = dataset.count();
      records += count;
      if (per_record.count() != 0)
        c.advance(std::chrono::ceil<duration>(count * per_record));
      delay = c.now() - t;
    };
  }

  cluster::compose_streams actor_program(int most, actor_input_options options = {}) {
    return [this, most, options](streaming_context& ctx) {
      actor_stream<int>(ctx, flood(most), options).foreach_rdd(slow_count());
    };
  }

  /// Leaves about 5,000 records in the log that belong to no batch yet.
  void die_with_records_in_the_log() {
    auto how = on_one_partition();
    how.block_interval = 10ms;
    c.use_log(disk);
    c.start(interval, logged_program(), how, disk.open());
    c.advance(1s + 55ms);
    c.kill_driver();
  }

  cluster::compose_streams logged_program() {
    return [this](streaming_context& ctx) {
      auto from = actor_input<int>(flood(100));
      from.is_logged = true;
      ctx.stream(from).foreach_rdd(slow_count());
    };
  }

  std::uint64_t count_for(duration time) {
    const auto before = records;
    c.advance(time);
    return records - before;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rates, fixture)

BOOST_AUTO_TEST_CASE(a_limit_of_a_thousand_a_second_lets_a_thousand_pass_in_each) {
  auto how = on_one_partition();
  how.max_rate = 1000;
  c.start(interval, actor_program(100), how);
  c.advance(1s);
  for (auto second = 0; second < 5; ++second) {
    const auto count = count_for(1s);
    BOOST_TEST(count >= 980U);
    BOOST_TEST(count <= 1020U);
  }
  c.stop(stop_mode::graceful);
  BOOST_TEST(c.reason() == "");
}

BOOST_AUTO_TEST_CASE(an_input_with_a_limit_of_its_own_keeps_the_smaller_one) {
  for (const auto& [all, own] : {std::pair{0.0, 500.0}, {1000.0, 500.0}, {500.0, 1000.0}}) {
    auto how = on_one_partition();
    how.max_rate = all;
    c.start(interval, actor_program(100, {.max_rate = own}), how);
    c.advance(1s);
    const auto count = count_for(4s);
    BOOST_TEST(count >= 1960U);
    BOOST_TEST(count <= 2040U);
    c.stop(stop_mode::immediate);
  }
}

BOOST_AUTO_TEST_CASE(a_source_gives_as_many_records_a_batch_as_its_limit_has_in_an_interval) {
  const auto program = [this](streaming_context& ctx) {
    input<int> from{.kind = "deep", .description = "deep", .is_quick = true, .max_rate = 1000};
    from.make_source = [] { return std::make_unique<deep_source>(); };
    ctx.stream(from).foreach_rdd(slow_count());
  };
  c.start(interval, program, on_one_partition());
  c.advance(2s);
  const auto count = count_for(10s);
  BOOST_TEST(count >= 9'800U);
  BOOST_TEST(count <= 10'200U);
  c.stop(stop_mode::graceful);
}

BOOST_AUTO_TEST_CASE(without_a_limit_nothing_is_held_back) {
  c.start(interval, actor_program(10), on_one_partition());
  c.advance(1s);
  BOOST_TEST(count_for(1s) >= 9'900U);
  c.stop(stop_mode::graceful);
}

BOOST_AUTO_TEST_CASE(what_was_in_memory_before_a_program_started_does_not_hold_it_back) {
  const auto program = [this](streaming_context& ctx) {
    input<int> from{.kind = "deep", .description = "deep", .is_quick = true};
    from.make_source = [] { return std::make_unique<deep_source>(); };
    ctx.stream(from).foreach_rdd(slow_count());
  };
  const auto taken = [&] {
    c.start(interval, program, on_one_partition());
    const auto count = count_for(10 * interval);
    c.stop(stop_mode::immediate);
    return count;
  };
  const auto usual = taken();
  {
    std::vector<batch> large;
    for (auto i = 0; i < 8; ++i)
      large.push_back(make_batch<int>(std::vector<int>(std::size_t{1} << 20)));
  }
  BOOST_TEST(taken() >= usual / 100 * 99);
}

BOOST_AUTO_TEST_CASE(with_backpressure_a_slow_output_gets_what_it_can_do_and_the_delay_does_not_grow) {
  per_record = 100us; // 10,000 a second
  auto how = on_one_partition();
  how.backpressure = true;
  how.initial_rate = 1000;
  c.start(interval, actor_program(50), how); // 50,000 a second
  c.advance(10s);
  auto longest = microseconds{0};
  const auto before = records;
  const auto begun = c.now();
  for (auto i = 0; i < 100; ++i) {
    c.advance(interval); // or more, where an output lets time pass
    longest = std::max(longest, delay);
  }
  const auto rate = static_cast<double>(records - before) * 1000 / static_cast<double>((c.now() - begun).count());
  BOOST_TEST(rate >= 8'500.0);
  BOOST_TEST(rate <= 10'500.0);
  BOOST_TEST((longest <= 3 * interval), longest.count() << " us");
  c.stop(stop_mode::immediate);
}

BOOST_AUTO_TEST_CASE(without_backpressure_the_same_output_lags_behind_by_all_batches_in_flight) {
  per_record = 100us;
  c.start(interval, actor_program(50), on_one_partition());
  c.advance(10s);
  BOOST_TEST((delay > 5 * interval));
  c.stop(stop_mode::immediate);
}

BOOST_AUTO_TEST_CASE(what_comes_again_from_the_log_is_not_limited) {
  die_with_records_in_the_log();
  auto how = on_one_partition();
  how.max_rate = 2000;
  c.start(interval, logged_program(), how, disk.open());
  const auto again = count_for(interval);
  BOOST_TEST(again >= 4000U);
  BOOST_TEST(again <= 5700U);
  const auto count = count_for(1s);
  BOOST_TEST(count >= 1960U);
  BOOST_TEST(count <= 2040U);
  c.stop(stop_mode::graceful);
  BOOST_TEST(c.reason() == "");
}

BOOST_AUTO_TEST_CASE(a_receiver_that_is_made_late_begins_with_the_rate_that_the_records_from_the_log_gave) {
  struct fixed final : rate_estimator {
    std::optional<double> compute(const finished_batch&) override { return 2000; }
  };
  const std::string input_name = "actor_stream#0";
  const auto threads = std::make_shared<held_threads>();
  die_with_records_in_the_log();
  auto how = on_one_partition();
  how.backpressure = true;
  how.estimator = [](duration) { return std::make_unique<fixed>(); };
  threads->hold(input_name); // not even its constructor returns
  c.use_input_threads(threads);
  c.start(interval, logged_program(), how, disk.open());
  BOOST_TEST(count_for(5 * interval) >= 4000U);
  threads->let_go(input_name);
  const auto count = count_for(1s);
  BOOST_TEST(count >= 1600U);
  BOOST_TEST(count <= 2200U);
  c.stop(stop_mode::immediate);
}

BOOST_AUTO_TEST_CASE(an_estimator_that_throws_stops_the_program_with_its_message) {
  struct broken final : rate_estimator {
    std::optional<double> compute(const finished_batch&) override { throw std::runtime_error{"no idea"}; }
  };
  auto how = on_one_partition();
  how.backpressure = true;
  how.estimator = [](duration) { return std::make_unique<broken>(); };
  c.start(interval, actor_program(1), how);
  c.advance(10 * interval);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason().find("the rate estimator failed: no idea") != std::string::npos, c.reason());
}

BOOST_AUTO_TEST_CASE(settings_that_cannot_be_are_refused) {
  const auto refused = [](runtime_options how) {
    BOOST_CHECK_THROW((streaming_context{interval, std::move(how)}), usage_error);
  };
  refused({.max_rate = -1});
  refused({.initial_rate = 5});
  refused({.backpressure = true, .initial_rate = -5});
  refused({.estimator = [](duration) { return std::unique_ptr<rate_estimator>{}; }});
  streaming_context ctx{interval};
  BOOST_CHECK_THROW(ctx.socket_text_stream("localhost", 9999, {.max_rate = -1}), usage_error);
  BOOST_CHECK_THROW(ctx.text_file_stream("/tmp", {.max_rate = -1}), usage_error);
}

BOOST_AUTO_TEST_CASE(a_limit_that_somebody_sets_holds_at_once_for_receivers_and_sources) {
  for (const bool is_source : {false, true}) {
    cluster::compose_streams source = [this](streaming_context& ctx) {
      input<int> from{.kind = "deep", .description = "deep", .is_quick = true};
      from.make_source = [] { return std::make_unique<deep_source>(); };
      ctx.stream(from).foreach_rdd(slow_count());
    };
    c.limit_input(stream_id{0}, {});
    c.start(interval, is_source ? source : actor_program(100), on_one_partition());
    c.advance(1s);
    BOOST_TEST(count_for(2s) > 10'000U);
    c.limit_input(stream_id{0}, {.max_rate = 500});
    c.advance(1s);
    const auto limited = count_for(4s);
    BOOST_TEST(limited >= 1960U);
    BOOST_TEST(limited <= 2040U);
    c.limit_input(stream_id{0}, {.is_paused = true});
    c.advance(1s);
    // An actor cannot wait in `store`: with each of its tries, one each 10 ms, one record comes.
    BOOST_TEST(count_for(5s) <= (is_source ? 0U : 500U));
    c.limit_input(stream_id{0}, {});
    c.advance(1s);
    BOOST_TEST(count_for(2s) > 10'000U);
    c.stop(stop_mode::immediate);
  }
}

BOOST_AUTO_TEST_CASE(a_paused_input_stays_paused_after_a_restart_of_the_program) {
  c.start(interval, actor_program(100), on_one_partition());
  c.advance(1s);
  c.limit_input(stream_id{0}, {.is_paused = true});
  c.kill_driver();
  c.start(interval, actor_program(100), on_one_partition());
  BOOST_TEST(count_for(3s) <= 300U);
  c.limit_input(stream_id{0}, {});
  c.advance(1s);
  BOOST_TEST(count_for(1s) > 5'000U);
  c.stop(stop_mode::immediate);
}

BOOST_AUTO_TEST_SUITE_END()
