// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/coordinator.hpp>

#include <algorithm>
#include <random>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using times = std::vector<std::int64_t>;

times ms(const std::vector<batch_time>& ts) {
  times result;
  for (const auto t : ts)
    result.push_back(t.ms());
  return result;
}

times commits(const coordinator_effects& effects) {
  times result;
  for (const auto& x : effects.commits)
    result.push_back(x.time.ms());
  return result;
}

/// Runs the outputs of a batch and commits what may be committed. Returns whether it shared an fsync.
bool finish(coordinator& c, std::int64_t t) {
  c.outputs_done(batch_time{t});
  const auto effects = c.take_effects();
  BOOST_REQUIRE_EQUAL(effects.commits.size(), 1U);
  c.committed(batch_time{t});
  return effects.commits[0].sync;
}

coordinator started(coordinator::options how = {.inputs = {stream_id{0}}}) {
  coordinator result{std::move(how)};
  result.start(0us, {});
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(coordinator_suite)

BOOST_AUTO_TEST_CASE(batches_begin_at_the_first_grid_point_after_now) {
  const auto first = [](std::chrono::microseconds now, std::optional<batch_time> last = {}) {
    return coordinator{{.interval = 500ms}}.start(now, last).ms();
  };
  BOOST_TEST(first(1'200ms) == 1'500);
  BOOST_TEST(first(1'500ms) == 2'000);
  BOOST_TEST(first(1'499'999us) == 1'500);
  BOOST_TEST(first(1'500'001us) == 2'000);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_is_continued_after_its_last_commit_whatever_the_clock_says) {
  const auto first = [](std::chrono::microseconds now, std::int64_t last) {
    return coordinator{{.interval = 500ms}}.start(now, batch_time{last}).ms();
  };
  BOOST_TEST(first(10'200ms, 1'000) == 10'500);
  BOOST_TEST(first(10'200ms, 10'500) == 11'000);
  BOOST_TEST(first(10'200ms, 99'500) == 100'000);
  // The interval was another one.
  BOOST_TEST(first(10'200ms, 99'700) == 100'000);
}

BOOST_AUTO_TEST_CASE(each_batch_is_cut_when_its_time_has_come) {
  auto c = started();
  BOOST_TEST((c.next_tick() == 1'000ms));
  c.tick(999'999us);
  BOOST_TEST(c.take_effects().cuts.empty());
  c.tick(1'000ms);
  BOOST_TEST((ms(c.take_effects().cuts) == times{1'000}));
  c.tick(1'999ms);
  BOOST_TEST(c.take_effects().cuts.empty());
  BOOST_TEST((c.next_tick() == 2'000ms));
}

BOOST_AUTO_TEST_CASE(missed_batches_are_cut_one_after_another_in_order) {
  auto c = started({.max_in_flight = 100, .inputs = {stream_id{0}}});
  c.tick(4'700ms);
  BOOST_TEST((ms(c.take_effects().cuts) == times{1'000, 2'000, 3'000, 4'000}));
  BOOST_TEST((c.next_tick() == 5'000ms));
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_delays_batches_and_repeats_none) {
  auto c = started();
  c.tick(2'000ms);
  c.take_effects();
  c.tick(500ms);
  c.tick(1'000ms);
  BOOST_TEST(c.take_effects().cuts.empty());
  c.tick(3'000ms);
  BOOST_TEST((ms(c.take_effects().cuts) == times{3'000}));
}

BOOST_AUTO_TEST_CASE(the_grid_waits_while_as_many_batches_are_in_flight_as_may_be) {
  auto c = started({.max_in_flight = 2, .inputs = {stream_id{0}}});
  c.tick(10'000ms);
  BOOST_TEST((ms(c.take_effects().cuts) == times{1'000, 2'000}));
  BOOST_TEST(!c.next_tick().has_value());
  // Running its outputs is not enough: it is in flight until it is committed.
  c.outputs_done(batch_time{1'000});
  c.tick(10'000ms);
  BOOST_TEST(c.take_effects().cuts.empty());
  c.committed(batch_time{1'000});
  BOOST_TEST((c.next_tick() == 3'000ms));
  c.tick(10'000ms);
  BOOST_TEST((ms(c.take_effects().cuts) == times{3'000}));
}

BOOST_AUTO_TEST_CASE(a_batch_is_committed_when_its_outputs_have_run_and_then_released) {
  auto c = started();
  c.tick(1'000ms);
  c.take_effects();
  c.outputs_done(batch_time{1'000});
  auto effects = c.take_effects();
  BOOST_TEST((commits(effects) == times{1'000}));
  BOOST_TEST(effects.releases.empty());
  c.committed(batch_time{1'000});
  effects = c.take_effects();
  BOOST_TEST((ms(effects.releases) == times{1'000}));
  BOOST_TEST(!effects.finished);
  BOOST_TEST(c.batches_committed() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_said_twice_or_of_unknown_batches_is_ignored) {
  auto c = started();
  c.tick(2'000ms);
  c.take_effects();
  c.outputs_done(batch_time{7'000});
  c.committed(batch_time{7'000});
  BOOST_TEST(c.take_effects().commits.empty());
  c.outputs_done(batch_time{1'000});
  c.outputs_done(batch_time{1'000});
  BOOST_TEST((commits(c.take_effects()) == times{1'000}));
  c.committed(batch_time{1'000});
  c.committed(batch_time{1'000});
  c.outputs_done(batch_time{1'000});
  const auto effects = c.take_effects();
  BOOST_TEST(effects.commits.empty());
  BOOST_TEST((ms(effects.releases) == times{1'000}));
  BOOST_TEST(c.batches_committed() == 1U);
}

BOOST_AUTO_TEST_CASE(commits_are_in_order_of_time_in_whatever_order_outputs_are_done) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random{seed};
    auto c = started({.max_in_flight = 5, .inputs = {stream_id{0}}});
    std::vector<std::int64_t> running;
    std::vector<std::int64_t> committing;
    times committed;
    times expected;
    for (auto t = 1'000; t <= 40'000; t += 1'000)
      expected.push_back(t);
    while (committed.size() < expected.size()) {
      c.tick(40'000ms);
      const auto effects = c.take_effects();
      for (const auto t : effects.cuts)
        running.push_back(t.ms());
      for (const auto& x : effects.commits)
        committing.push_back(x.time.ms());
      BOOST_REQUIRE_LE(running.size() + committing.size(), 5U);
      if (random() % 2 == 0 && !running.empty()) {
        const auto i = running.begin() + static_cast<std::ptrdiff_t>(random() % running.size());
        c.outputs_done(batch_time{*i});
        running.erase(i);
      } else if (!committing.empty()) {
        c.committed(batch_time{committing.front()});
        committed.push_back(committing.front());
        committing.erase(committing.begin());
      }
    }
    BOOST_REQUIRE(committed == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_number_of_batches_share_one_fsync_and_the_last_one_is_never_without) {
  auto c = started({.sync_every = 3, .inputs = {stream_id{0}}});
  std::vector<bool> syncs;
  for (auto t = 1'000; t <= 7'000; t += 1'000) {
    c.tick(std::chrono::milliseconds{t});
    c.take_effects();
    syncs.push_back(finish(c, t));
  }
  c.stop();
  c.drained(stream_id{0});
  c.take_effects();
  syncs.push_back(finish(c, 8'000));
  BOOST_TEST((syncs == std::vector<bool>{false, false, true, false, false, true, false, true}));
  BOOST_TEST(c.take_effects().finished);
}

BOOST_AUTO_TEST_CASE(a_graceful_stop_drains_the_inputs_and_cuts_one_more_batch_at_once) {
  auto c = started({.inputs = {stream_id{0}, stream_id{1}}});
  c.tick(1'000ms);
  c.take_effects();
  finish(c, 1'000);
  c.take_effects();
  c.stop();
  auto effects = c.take_effects();
  BOOST_TEST(effects.drain);
  BOOST_TEST(effects.cuts.empty());
  c.drained(stream_id{1});
  BOOST_TEST(c.take_effects().cuts.empty());
  c.drained(stream_id{0});
  effects = c.take_effects();
  BOOST_TEST((ms(effects.cuts) == times{2'000}));
  BOOST_TEST(!effects.finished);
  // Nothing is cut any more, and stopping again changes nothing.
  c.tick(60'000ms);
  c.stop();
  c.drained(stream_id{0});
  effects = c.take_effects();
  BOOST_TEST(effects.cuts.empty());
  BOOST_TEST(!effects.drain);
  BOOST_TEST(!c.next_tick().has_value());
  finish(c, 2'000);
  effects = c.take_effects();
  BOOST_TEST((ms(effects.releases) == times{2'000}));
  BOOST_TEST(effects.finished);
}

BOOST_AUTO_TEST_CASE(a_graceful_stop_waits_for_all_batches_in_flight) {
  auto c = started({.max_in_flight = 3, .inputs = {stream_id{0}}});
  c.tick(3'000ms);
  c.take_effects();
  c.stop();
  // While inputs drain, the clock goes on, and the last batch comes on top of those that are in flight.
  finish(c, 1'000);
  c.tick(4'000ms);
  c.drained(stream_id{0});
  BOOST_TEST((ms(c.take_effects().cuts) == times{4'000, 5'000}));
  for (const auto t : {2'000, 3'000, 4'000}) {
    finish(c, t);
    BOOST_TEST(!c.take_effects().finished);
  }
  finish(c, 5'000);
  BOOST_TEST(c.take_effects().finished);
  BOOST_TEST(c.batches_committed() == 5U);
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_first_batch_still_processes_what_was_received) {
  auto c = started();
  c.stop();
  c.drained(stream_id{0});
  BOOST_TEST((ms(c.take_effects().cuts) == times{1'000}));
  finish(c, 1'000);
  BOOST_TEST(c.take_effects().finished);
}

BOOST_AUTO_TEST_CASE(inputs_that_stopped_before_are_not_waited_for) {
  auto c = started({.inputs = {stream_id{0}, stream_id{1}}});
  c.drained(stream_id{0});
  c.tick(1'000ms);
  BOOST_TEST((ms(c.take_effects().cuts) == times{1'000}));
  finish(c, 1'000);
  c.drained(stream_id{1});
  c.take_effects();
  c.stop();
  const auto effects = c.take_effects();
  BOOST_TEST(effects.drain);
  BOOST_TEST((ms(effects.cuts) == times{2'000}));
  finish(c, 2'000);
  BOOST_TEST(c.take_effects().finished);
}

// -- the gate, and batches that run again

BOOST_AUTO_TEST_CASE(outputs_wait_until_it_is_durable_what_every_input_gave) {
  auto c = started({.inputs = {stream_id{0}, stream_id{1}}, .is_gated = true});
  c.tick(1'000ms);
  c.take_effects();
  c.shared(batch_time{1'000});
  BOOST_TEST(c.take_effects().keeps.empty());
  c.shared(batch_time{1'000});
  auto effects = c.take_effects();
  BOOST_TEST((ms(effects.keeps) == times{1'000}));
  BOOST_TEST(effects.gates.empty());
  c.kept(batch_time{1'000});
  BOOST_TEST((ms(c.take_effects().gates) == times{1'000}));
}

BOOST_AUTO_TEST_CASE(without_a_gate_nothing_is_kept) {
  auto c = started();
  c.tick(1'000ms);
  c.shared(batch_time{1'000});
  const auto effects = c.take_effects();
  BOOST_TEST(effects.keeps.empty());
  BOOST_TEST(effects.gates.empty());
}

BOOST_AUTO_TEST_CASE(batches_that_run_again_come_first_at_their_times_and_need_not_be_kept) {
  coordinator c{{.max_in_flight = 2,
                 .inputs = {stream_id{0}},
                 .is_gated = true,
                 .again = {batch_time{3'000}, batch_time{4'000}, batch_time{6'000}}}};
  BOOST_TEST(c.start(50'300ms, batch_time{2'000}).ms() == 51'000);
  BOOST_TEST((*c.next_tick() <= 50'300ms));
  c.tick(50'300ms);
  BOOST_TEST((ms(c.take_effects().cuts) == times{3'000, 4'000})); // no more than may be in flight
  c.shared(batch_time{3'000});
  auto effects = c.take_effects();
  BOOST_TEST(effects.keeps.empty());
  BOOST_TEST((ms(effects.gates) == times{3'000}));
  c.outputs_done(batch_time{3'000});
  effects = c.take_effects();
  BOOST_TEST(effects.commits.at(0).previous.ms() == 2'000);
  c.committed(batch_time{3'000});
  c.tick(50'301ms);
  BOOST_TEST((ms(c.take_effects().cuts) == times{6'000}));
  c.outputs_done(batch_time{4'000});
  c.outputs_done(batch_time{6'000});
  effects = c.take_effects();
  BOOST_TEST(effects.commits.at(0).previous.ms() == 3'000);
  BOOST_TEST(effects.commits.at(1).previous.ms() == 4'000);
  c.committed(batch_time{4'000});
  c.committed(batch_time{6'000});
  c.tick(50'900ms);
  BOOST_TEST(c.take_effects().cuts.empty());
  c.tick(51'000ms);
  BOOST_TEST((ms(c.take_effects().cuts) == times{51'000}));
  c.shared(batch_time{51'000});
  BOOST_TEST((ms(c.take_effects().keeps) == times{51'000}));
}

BOOST_AUTO_TEST_CASE(a_batch_that_a_stop_has_cut_before_its_time_runs_again_at_once) {
  coordinator c{{.inputs = {stream_id{0}}, .is_gated = true, .again = {batch_time{51'000}}}};
  c.start(50'300ms, batch_time{50'000});
  BOOST_TEST((*c.next_tick() <= 50'300ms));
  c.tick(50'300ms);
  BOOST_TEST(c.take_effects().cuts.size() == 1U);
  BOOST_TEST((c.next_tick() == 52'000ms));
}

BOOST_AUTO_TEST_CASE(the_grid_goes_on_after_batches_that_run_again_even_if_the_clock_was_set_back) {
  coordinator c{{.inputs = {stream_id{0}}, .is_gated = true, .again = {batch_time{90'000}}}};
  BOOST_TEST(c.start(50'300ms, batch_time{89'000}).ms() == 91'000);
}

BOOST_AUTO_TEST_CASE(a_run_that_replays_the_downtime_leaves_no_batch_out) {
  const auto first_of = [](std::deque<batch_time> again, std::optional<batch_time> last) {
    coordinator c{{.inputs = {stream_id{0}}, .is_gated = true, .again = std::move(again), .replays_downtime = true}};
    return c.start(50'300ms, last).ms();
  };
  BOOST_TEST(first_of({}, {}) == 51'000); // it was not down
  BOOST_TEST(first_of({}, batch_time{7'000}) == 8'000);
  BOOST_TEST(first_of({batch_time{8'000}, batch_time{9'000}}, batch_time{7'000}) == 10'000);
  BOOST_TEST(first_of({}, batch_time{90'000}) == 91'000);

  coordinator c{{.max_in_flight = 2, .inputs = {stream_id{0}}, .replays_downtime = true}};
  c.start(5'300ms, batch_time{2'000});
  std::vector<std::int64_t> cut;
  for (auto round = 0; round < 3; ++round) {
    c.tick(5'300ms);
    for (const auto t : c.take_effects().cuts) {
      cut.push_back(t.ms());
      c.outputs_done(t);
      c.committed(t);
    }
  }
  BOOST_TEST((cut == std::vector<std::int64_t>{3'000, 4'000, 5'000}));
  BOOST_CHECK((c.next_tick() == 6'000ms));
}

BOOST_AUTO_TEST_CASE(a_stop_runs_what_runs_again_first_and_then_the_last_batch) {
  coordinator c{{.max_in_flight = 1,
                 .inputs = {stream_id{0}},
                 .is_gated = true,
                 .again = {batch_time{3'000}, batch_time{4'000}}}};
  c.start(50'300ms, batch_time{2'000});
  c.tick(50'300ms);
  BOOST_TEST((ms(c.take_effects().cuts) == times{3'000}));
  c.stop();
  c.drained(stream_id{0});
  BOOST_TEST(c.take_effects().cuts.empty());
  c.outputs_done(batch_time{3'000});
  c.committed(batch_time{3'000});
  c.take_effects();
  c.tick(50'400ms);
  BOOST_TEST((ms(c.take_effects().cuts) == times{4'000, 51'000})); // there is no point in waiting for its time
  c.outputs_done(batch_time{4'000});
  c.committed(batch_time{4'000});
  c.take_effects();
  c.outputs_done(batch_time{51'000});
  BOOST_TEST(c.take_effects().commits.at(0).sync);
  c.committed(batch_time{51'000});
  BOOST_TEST(c.take_effects().finished);
}

BOOST_AUTO_TEST_SUITE_END()
