// SPDX-License-Identifier: BSD-3-Clause
//
// The control of rates on a model of a program: it works on records as they arrive, one after another, at a capacity,
// and does some work at the end of each batch. The source always has more.
#include <sluice/runtime/driver/rate_control.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using microseconds = std::chrono::microseconds;

/// A program with one input.
class program {
public:
  /// @param initial_rate 0: none.
  program(duration interval, double capacity, double initial_rate = 0)
      : capacity{capacity}, interval_{interval},
        control_{interval, {}, initial_rate > 0 ? batch_delays::start::slow : batch_delays::start::as_it_seems} {
    if (initial_rate > 0)
      limit = initial_rate;
  }

  double capacity;              ///< records per second
  double source = 1e6;          ///< so many it would give
  microseconds end_work{5'000}; ///< of each batch, with its outputs and its commit
  std::optional<double> limit;  ///< of the input
  std::uint64_t records = 0;    ///< so far
  microseconds delay{0};        ///< of the last batch, from its time to its end

  void run(int batches) {
    for (auto i = 0; i < batches; ++i)
      run_batch();
  }

private:
  void run_batch() {
    const auto begin = t_;
    t_ += interval_;
    // The rates of the batches that are done by now.
    while (!done_.empty() && done_.front().at <= begin) {
      for (const auto& x : control_.done(done_.front().time, done_.front().at))
        limit = static_cast<double>(x.records_per_second);
      done_.pop_front();
    }
    const auto seconds = std::chrono::duration<double>{interval_}.count();
    const auto rate = std::min(source, limit.value_or(source));
    const auto taken = static_cast<std::uint64_t>(rate * seconds);
    records += taken;
    const batch_time time{std::chrono::duration_cast<duration>(t_).count()};
    if (taken != 0)
      control_.taken(stream_id{0}, time, taken);
    const auto work =
        std::chrono::duration_cast<microseconds>(std::chrono::duration<double>{static_cast<double>(taken) / capacity});
    free_at_ = std::max(std::max(free_at_, begin) + work, t_) + end_work;
    delay = free_at_ - t_;
    done_.push_back({time, free_at_});
  }

  struct finished {
    batch_time time;
    microseconds at;
  };

  microseconds interval_;
  rate_control control_;
  microseconds t_{1'000'000'000};
  microseconds free_at_{0};
  std::deque<finished> done_;
};

/// Notes what it is asked, and always has the same answer.
struct fixed final : rate_estimator {
  explicit fixed(std::vector<finished_batch>& asked) : asked{asked} {}
  std::optional<double> compute(const finished_batch& batch) override {
    asked.push_back(batch);
    return 0.25;
  }
  std::vector<finished_batch>& asked;
};

void check_settled(program& p, double expected, duration interval) {
  auto longest = microseconds{0};
  const auto before = p.records;
  constexpr int batches = 100;
  for (auto i = 0; i < batches; ++i) {
    p.run(1);
    longest = std::max(longest, p.delay);
  }
  const auto seconds = std::chrono::duration<double>{batches * interval}.count();
  const auto rate = static_cast<double>(p.records - before) / seconds;
  BOOST_TEST(rate >= 0.85 * expected, rate << " of " << expected);
  BOOST_TEST(rate <= 1.05 * expected, rate << " of " << expected);
  BOOST_TEST(longest <= 3 * microseconds{interval}, longest.count() << " us");
}

} // namespace

BOOST_AUTO_TEST_SUITE(rate_control_)

BOOST_AUTO_TEST_CASE(a_source_that_is_too_fast_is_slowed_to_the_capacity_and_the_delay_does_not_grow) {
  for (const auto interval : {duration{20}, duration{100}, duration{1000}})
    for (const auto excess : {1.1, 2.0, 5.0}) {
      program p{interval, 100'000};
      p.source = excess * p.capacity;
      p.end_work = microseconds{interval} / 20;
      p.run(300);
      check_settled(p, 0.95 * p.capacity, interval); // the rest is the work at the end of batches
    }
}

BOOST_AUTO_TEST_CASE(with_an_initial_rate_the_delay_never_grows_much_however_fast_the_source) {
  for (const auto initial : {1e3, 1e4, 1e5}) {
    program p{100ms, 100'000, initial};
    p.source = 5e6;
    for (auto i = 0; i < 300; ++i) {
      p.run(1);
      BOOST_TEST((p.delay <= 600ms), i << ": " << p.delay.count() << " us");
    }
    check_settled(p, 95'000, 100ms);
  }
}

BOOST_AUTO_TEST_CASE(a_program_with_much_work_at_the_end_of_each_batch_settles_too) {
  // Half of the interval is work that cannot begin before the batch is cut.
  program p{100ms, 100'000};
  p.source = 500'000;
  p.end_work = 50ms;
  p.run(300);
  check_settled(p, 50'000, 100ms);
}

BOOST_AUTO_TEST_CASE(a_source_that_is_slow_enough_is_not_held_back) {
  program p{100ms, 100'000};
  p.source = 50'000;
  p.run(10);
  const auto before = p.records;
  p.run(100);
  BOOST_TEST(p.records - before == 500'000U);
  BOOST_TEST(p.limit.value_or(1e9) >= 50'000.0);
}

BOOST_AUTO_TEST_CASE(a_program_that_becomes_slower_is_followed) {
  program p{100ms, 100'000};
  p.source = 500'000;
  p.run(100);
  p.capacity = 20'000;
  p.run(100);
  check_settled(p, 19'000, 100ms);
}

BOOST_AUTO_TEST_CASE(a_program_that_becomes_faster_is_followed) {
  program p{100ms, 20'000, 1000};
  p.source = 500'000;
  p.run(100);
  p.capacity = 100'000;
  p.run(100);
  check_settled(p, 95'000, 100ms);
}

BOOST_AUTO_TEST_CASE(a_pause_of_the_source_changes_nothing) {
  program p{100ms, 100'000};
  p.source = 500'000;
  p.run(100);
  p.source = 0;
  p.run(100);
  p.source = 500'000;
  p.run(50);
  check_settled(p, 95'000, 100ms);
}

BOOST_AUTO_TEST_CASE(each_input_gets_the_rate_that_it_had_of_what_was_done) {
  rate_control control{1s, {}, batch_delays::start::as_it_seems};
  std::vector<rate_control::estimate> last;
  for (std::int64_t i = 1; i <= 4; ++i) { // each takes two seconds
    const batch_time t{i * 1000};
    control.taken(stream_id{0}, t, 3000);
    control.taken(stream_id{1}, t, 1000);
    last = control.done(t, 1s + 2s * i);
  }
  BOOST_REQUIRE(last.size() == 2U);
  BOOST_TEST((last[0].stream == stream_id{0}));
  // Half of what came, less a fifth of the backlog: 3 s before batch 4 was begun, at 1,500 a second.
  BOOST_TEST(last[0].records_per_second == 600U);
  BOOST_TEST(last[1].records_per_second == 200U);
}

BOOST_AUTO_TEST_CASE(batches_without_records_estimate_nothing) {
  rate_control control{1s, {}, batch_delays::start::as_it_seems};
  for (std::int64_t i = 1; i <= 4; ++i)
    BOOST_TEST(control.done(batch_time{i * 1000}, i * 1s + 10ms).empty());
}

BOOST_AUTO_TEST_CASE(an_estimator_of_ones_own_is_made_for_each_input_and_asked_after_each_batch) {
  std::vector<finished_batch> asked;
  auto made = 0;
  rate_control control{1s,
                       [&](duration interval) {
                         BOOST_TEST((interval == 1s));
                         ++made;
                         return std::make_unique<fixed>(asked);
                       },
                       batch_delays::start::as_it_seems};
  for (const auto stream : {stream_id{0}, stream_id{7}})
    control.taken(stream, batch_time{1000}, 10);
  const auto rates = control.done(batch_time{1000}, 1200ms);
  BOOST_TEST(made == 2);
  BOOST_REQUIRE(rates.size() == 2U);
  BOOST_TEST(rates[1].records_per_second == 1U); // no less
  BOOST_REQUIRE(asked.size() == 2U);
  BOOST_TEST((asked[0].time == 1200ms));
  BOOST_TEST((asked[0].processing_delay == 200ms));
  BOOST_TEST((asked[0].scheduling_delay == 0ms));
  BOOST_TEST(asked[0].elements == 10U);
}

BOOST_AUTO_TEST_CASE(batches_that_run_again_change_no_rate_but_the_first_new_one_may_have_waited_for_them) {
  std::vector<finished_batch> asked;
  const batch_time first{100'000};
  rate_control control{1s, [&](duration) { return std::make_unique<fixed>(asked); }, batch_delays::start::as_it_seems,
                       first};
  for (std::int64_t i = 1; i <= 3; ++i) { // they are of an earlier run, long ago
    control.taken(stream_id{0}, batch_time{i * 1000}, 5000);
    BOOST_TEST(control.done(batch_time{i * 1000}, 99s + i * 600ms).empty());
  }
  control.taken(stream_id{0}, first, 3000);
  BOOST_TEST(control.done(first, 102'800ms).size() == 1U);
  BOOST_TEST_REQUIRE(asked.size() == 1U);
  BOOST_TEST(asked[0].elements == 3000U);
  BOOST_TEST((asked[0].processing_delay == 2s));
  BOOST_TEST((asked[0].scheduling_delay == 800ms));
}

BOOST_AUTO_TEST_SUITE_END()
