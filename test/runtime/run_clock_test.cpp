// SPDX-License-Identifier: BSD-3-Clause
//
// What batch times do when somebody sets the clock: the clock of a run and the batch clock together.
#include <sluice/runtime/driver/run_clock.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

#include <sluice/runtime/driver/coordinator.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using std::chrono::microseconds;

namespace {

constexpr std::int64_t noon = 1'700'049'600'000; // 2023-11-15T12:00:00Z
constexpr auto interval = 1s;

/// A machine whose clocks a test moves.
struct machine final : wall_clock {
  clock_reading at{std::chrono::milliseconds{noon}, 77s, 0s};

  microseconds now() const override { return at.wall; }
  clock_reading read() const override { return at; }

  void pass(microseconds t) {
    at.wall += t;
    at.steady += t;
  }
  void set_forward(microseconds t) { at.wall += t; }
  void set_back(microseconds t) { at.wall -= t; }
  void sleep(microseconds t) {
    at.wall += t;
    at.slept += t;
  }
};

/// A run with a batch each second, each of which is over at once.
struct one_run {
  std::shared_ptr<machine> on = std::make_shared<machine>();
  std::vector<std::string> lines;
  std::unique_ptr<run_clock> clock;
  coordinator batches{{.interval = interval}};
  std::vector<batch_time> cut;

  void start(std::optional<batch_time> last = {}) {
    clock = std::make_unique<run_clock>(on);
    if (last)
      note(clock->go_on_after(*last));
    batches.start(clock->now(), last);
  }

  /// Time passes, and the alarm that the batch clock has set goes off in between.
  void pass(microseconds t) {
    while (true) {
      const auto next = clock->until(*batches.next_tick());
      if (next > t)
        break;
      on->pass(next);
      t -= next;
      tick();
    }
    on->pass(t);
  }

  void tick() {
    batches.tick(clock->now());
    note(clock->look());
    for (const auto x : batches.take_effects().cuts) {
      cut.push_back(x);
      batches.outputs_done(x);
      batches.committed(x);
    }
    batches.take_effects();
  }

  void note(const std::optional<std::string>& line) {
    if (line)
      lines.push_back(*line);
  }

  bool has_no_gap() const {
    for (std::size_t i = 1; i < cut.size(); ++i)
      if (cut[i] != cut[i - 1] + interval)
        return false;
    return true;
  }

  bool says(const std::string& what) const { return lines.size() == 1 && lines[0].find(what) != std::string::npos; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(run_clock_suite, one_run)

BOOST_AUTO_TEST_CASE(without_a_jump_batches_are_on_the_grid_of_the_wall_clock) {
  start();
  pass(10s);
  BOOST_TEST(cut.size() == 10U);
  BOOST_TEST(cut.back().ms() == noon + 10'000);
  BOOST_TEST((clock->now() == on->at.wall));
  BOOST_TEST(lines.empty());
}

BOOST_AUTO_TEST_CASE(set_back_by_an_hour_while_running) {
  start();
  pass(10s);
  on->set_back(1h);
  pass(10'100ms);
  BOOST_TEST(cut.size() == 20U); // none is late
  BOOST_TEST(has_no_gap());
  BOOST_TEST(says("the wall clock was set back by 3600 s, from 2023-11-15T12:00:11.000Z to 2023-11-15T11:00:11.000Z; "
                  "batch times go on without a jump, 3599.99 s ahead of it"),
             lines.front());
  BOOST_TEST(clock->ahead().count() > 3'599'000);
}

BOOST_AUTO_TEST_CASE(set_forward_by_an_hour_while_running) {
  start();
  pass(10s);
  on->set_forward(1h);
  pass(10'100ms);
  BOOST_TEST(cut.size() == 20U); // no burst
  BOOST_TEST(has_no_gap());
  BOOST_TEST(says("the wall clock was set forward by 3600 s"), lines.front());
  BOOST_TEST(says(" behind it"), lines.front());
}

BOOST_AUTO_TEST_CASE(set_back_between_two_runs) {
  start(batch_time{noon + 3'600'000});
  BOOST_TEST(says("the wall clock says 2023-11-15T12:00:00.000Z, and the last committed batch is that of "
                  "2023-11-15T13:00:00.000Z"),
             lines.front());
  pass(3'100ms);
  BOOST_REQUIRE(cut.size() == 3U); // the first after one interval, not after an hour
  BOOST_TEST(cut.front().ms() == noon + 3'601'000);
}

BOOST_AUTO_TEST_CASE(set_forward_between_two_runs_leaves_the_downtime_out) {
  start(batch_time{noon - 3'600'000});
  pass(2s);
  BOOST_TEST(lines.empty());
  BOOST_TEST(cut.front().ms() == noon + 1'000);
}

BOOST_AUTO_TEST_CASE(a_restart_within_a_batch_interval_is_no_news) {
  start(batch_time{noon + 300});
  BOOST_TEST(lines.empty());
}

BOOST_AUTO_TEST_CASE(the_machine_sleeps) {
  start();
  pass(10s);
  on->sleep(8h);
  pass(10'100ms);
  BOOST_TEST(cut.size() == 20U); // no batch for each second of the night
  BOOST_TEST(has_no_gap());
  BOOST_TEST(says("the machine slept for 28800 s"), lines.front());
}

BOOST_AUTO_TEST_CASE(a_process_that_is_stopped_makes_up_for_its_batches) {
  start();
  pass(10s);
  on->pass(5s); // no alarm goes off
  tick();
  BOOST_TEST(has_no_gap());
  BOOST_TEST(cut.size() >= 14U);
  BOOST_TEST(lines.empty());
}

BOOST_AUTO_TEST_CASE(a_step_of_a_second_is_made_up_for_within_minutes) {
  for (const auto step : {1s, -1s}) {
    one_run x;
    x.start();
    x.pass(10s);
    x.on->at.wall += step;
    x.pass(1s);
    BOOST_TEST(x.says("by 1 s"));
    x.pass(150s);
    BOOST_TEST(x.has_no_gap());
    BOOST_TEST(x.lines.size() == 1U);
    BOOST_TEST(x.clock->ahead().count() == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_slow_drift_is_followed_without_a_line) {
  start();
  for (auto i = 0; i < 3'600; ++i) {
    on->set_back(1ms); // one second in a thousand
    pass(1s);
  }
  BOOST_TEST(lines.empty());
  BOOST_TEST(has_no_gap());
  BOOST_TEST(clock->ahead().count() <= 1);
}

BOOST_AUTO_TEST_CASE(a_jump_that_is_taken_back_leaves_nothing_behind) {
  start();
  pass(10s);
  on->set_forward(1h);
  pass(1s);
  on->set_back(1h);
  pass(2s);
  BOOST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(lines[1].find("batch times agree with it") != std::string::npos, lines[1]);
  BOOST_TEST(has_no_gap());
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_injected_is_right_when_it_jumps) {
  struct replay final : wall_clock {
    microseconds at{std::chrono::milliseconds{noon}};
    microseconds now() const override { return at; }
  };
  const auto injected = std::make_shared<replay>();
  run_clock x{injected};
  injected->at += 1h;
  BOOST_TEST(!x.look());
  BOOST_TEST((x.now() == injected->at));
}

BOOST_AUTO_TEST_SUITE_END()
