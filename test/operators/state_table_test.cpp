// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/state/keyed/state_table.hpp>

#include "../support/lone_operator.hpp"
#include "keyed_sums.hpp"

using namespace sluice;
using namespace std::string_literals;
using namespace sluice::test;

BOOST_AUTO_TEST_SUITE(state_table)

BOOST_AUTO_TEST_CASE(a_program_that_recovers_goes_on_as_if_it_had_never_stopped) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random{seed};
    const auto partitions = 1 + static_cast<std::uint32_t>(seed % 3);
    const auto input = random_input(random, 25);
    model truth{some_timeout(seed)};
    truth.sums = {{"key 4", {7, 0}}, {"never fed", {8, 0}}};
    const auto spec = sums_with(truth.timeout).initial_state(states{{"key 4", 7}, {"never fed", 8}});
    program first{spec};
    pipeline run{first.composed, {.partitions = partitions, .seed = seed}};
    const auto stop = random() % input.size();
    for (const auto& batch : input) {
      const auto t = feed(run, first, batch).ms();
      if (t <= static_cast<std::int64_t>(stop) * 1000)
        truth.run(t, batch);
      run.run();
    }
    program second{spec};
    const auto last = batch_time{static_cast<std::int64_t>(stop) * 1000};
    pipeline again{second.composed,
                   {.partitions = partitions,
                    .seed = seed,
                    .first = last + pipeline::interval,
                    .zero = stop == 0 ? std::optional<batch_time>{} : batch_time{0}}};
    again.restore(run.updates(), last);
    for (std::size_t n = stop; n < input.size(); ++n) {
      const auto t = feed(again, second, input[n]).ms();
      again.run();
      BOOST_REQUIRE_MESSAGE(second.emitted_at(t) == truth.run(t, input[n]), "batch " << t << ", seed " << seed);
      BOOST_REQUIRE_MESSAGE(second.states_at(t) == truth.now(), "states of batch " << t << ", seed " << seed);
      BOOST_REQUIRE_MESSAGE(first.states_at(t) == truth.now(), "states of batch " << t << ", seed " << seed);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_initial_state_is_not_applied_again) {
  const auto spec = state_spec<std::int64_t>(add_up).initial_state(states{{"a", 1}, {"b", 2}});
  program first{spec};
  one_partition run{first};
  run({{"a", forget}});
  run({{"b", forget}});
  for (const auto t : {1000, 2000}) {
    program second{spec};
    one_partition again{second, {.first = batch_time{t} + pipeline::interval, .zero = batch_time{0}}};
    again.run.restore(run.run.updates(), batch_time{t});
    again({});
    BOOST_TEST((second.states_at(t + 1000) == (t == 1000 ? states{{"b", 2}} : states{})));
  }
}

BOOST_AUTO_TEST_CASE(a_batch_reports_what_it_changed_and_nothing_else) {
  using kept = std::pair<std::int64_t, std::int64_t>;
  program p{sums_with(std::nullopt)};
  program timed{sums_with(2000)};
  BOOST_TEST(p.composed.graph().node(p.mapped.ref().node).state_schema == "(text,i64)");
  BOOST_TEST(timed.composed.graph().node(timed.mapped.ref().node).state_schema == "(text,(i64,i64))");
  one_partition run{p};
  one_partition timed_run{timed};
  const auto changes = [&]<class S>(auto& running, const std::vector<std::pair<std::string, int>>& records, S) {
    running(records);
    std::map<std::string, std::optional<S>> result;
    for (const auto& piece : running.run.updates().back().content)
      BOOST_REQUIRE(!(for_each_chunk<std::pair<std::string, std::optional<S>>>(
          piece, [&](auto chunk) { result.insert(chunk.begin(), chunk.end()); })));
    return result;
  };
  using plain = std::map<std::string, std::optional<std::int64_t>>;
  using touched = std::map<std::string, std::optional<kept>>;
  const auto none = std::vector<std::pair<std::string, int>>{};
  BOOST_TEST((changes(run, {{"a", 1}, {"a", 1}, {"b", 5}, {"c", look}}, std::int64_t{}) == plain{{"a", 2}, {"b", 5}}));
  BOOST_TEST((changes(run, {{"a", look}, {"b", 1}, {"b", -1}}, std::int64_t{}).empty()));
  BOOST_TEST((changes(run, {{"a", forget}, {"c", 1}, {"c", forget}}, std::int64_t{}) == plain{{"a", {}}}));
  BOOST_TEST(run.run.updates().size() == 3U);
  BOOST_TEST((changes(timed_run, {{"a", 2}, {"b", 5}}, kept{}) == touched{{"a", kept{2, 1000}}, {"b", kept{5, 1000}}}));
  BOOST_TEST((changes(timed_run, {{"a", look}, {"c", look}}, kept{}) == touched{{"a", kept{2, 2000}}}));
  BOOST_TEST(changes(timed_run, none, kept{}).empty());
  BOOST_TEST((changes(timed_run, none, kept{}) == touched{{"b", {}}}));
}

BOOST_AUTO_TEST_CASE(many_keys_come_back_from_snapshots_with_their_times) {
  program first{sums_with(4000)};
  one_partition run{first};
  const auto records = [](int from, int to) {
    std::vector<std::pair<std::string, int>> result;
    for (auto k = from; k < to; ++k)
      result.emplace_back(std::to_string(k), 1);
    return result;
  };
  run(records(0, 30'000));
  BOOST_TEST((run.run.updates().back().kind == change_kind::base));
  run(records(10'000, 30'000));
  run(records(10'000, 30'000));
  run(records(20'000, 30'000));
  run(records(25'000, 30'000));
  program second{sums_with(4000)};
  one_partition again{second, {.first = batch_time{6000}, .zero = batch_time{0}}};
  again.run.restore(run.run.updates(), batch_time{5000});
  BOOST_TEST(again({}).size() == 10'000U);
  states expected;
  for (const auto& [key, value] : records(10'000, 30'000))
    expected[key] = std::stoi(key) < 20'000 ? 3 : std::stoi(key) < 25'000 ? 4 : 5;
  BOOST_TEST((second.states_at(6000) == expected));
  BOOST_TEST(again({}).empty());
  BOOST_TEST(again({}).size() == 10'000U);
  BOOST_TEST(again({}).size() == 5'000U);
  BOOST_TEST(again({}).size() == 5'000U);
  BOOST_TEST(again({}).empty());
}

BOOST_AUTO_TEST_CASE(a_batch_that_fails_leaves_no_trace) {
  composing program;
  const auto in = program.input<input_pair>();
  const auto spec =
      state_spec<std::int64_t>([](std::string_view key, std::optional<int> value, state<std::int64_t>& s) {
        if (value == 13 || (!value && key == "b" && s.get() == 2))
          throw std::runtime_error{"no luck"};
        return add_up(key, value, s);
      });
  const auto mapped = in.map_with_state(spec.timeout(duration{2000}));
  collecting_sink<emitted_pair> out;
  collecting_sink<emitted_pair> snapshots;
  lone_operator op{program.graph().node(mapped.ref().node), {&out}, {&snapshots}};
  const auto states_now = [&] {
    const auto records = snapshots.take();
    return states(records.begin(), records.end());
  };
  const auto changes = [&] {
    std::size_t result = 0;
    for (const auto& update : std::exchange(op.effects.changes, {}))
      for (const auto& piece : update.content)
        result += piece.count();
    return result;
  };
  op.receive<input_pair>(batch_time{1000}, {{"a", 1}, {"b", 2}, {"c", 3}});
  op.close(batch_time{1000});
  BOOST_TEST((states_now() == states{{"a", 1}, {"b", 2}, {"c", 3}}));
  BOOST_TEST(changes() == 3U);
  // Changes, removals, new keys and touches are taken back.
  op.receive<input_pair>(batch_time{2000}, {{"a", 5}, {"b", forget}, {"b", 5}, {"c", forget}, {"new", 1}, {"x", 13}});
  BOOST_CHECK_THROW(op.close(batch_time{2000}), std::runtime_error);
  op.skip(batch_time{2000}, presence::failed);
  BOOST_TEST(changes() == 0U);
  out.take();
  op.skip(batch_time{3000}, presence::none);
  BOOST_TEST(out.take().empty());
  BOOST_TEST((states_now() == states{{"a", 1}, {"b", 2}, {"c", 3}}));
  // A failed call for a timeout is made again at the next batch.
  op.receive<input_pair>(batch_time{4000}, {{"c", 1}});
  BOOST_CHECK_THROW(op.close(batch_time{4000}), std::runtime_error);
  op.skip(batch_time{4000}, presence::failed);
  BOOST_TEST(changes() == 0U);
  out.take();
  op.receive<input_pair>(batch_time{5000}, {{"b", 1}});
  op.close(batch_time{5000});
  BOOST_TEST((out.take() == emitted{{"b", 1}, {"a", -1}, {"c", -3}}));
  BOOST_TEST((states_now() == states{{"b", 3}}));
  BOOST_TEST(changes() == 3U);
}

BOOST_AUTO_TEST_CASE(a_state_that_is_too_large_to_be_stored_fails_its_batch_only) {
  composing program;
  const auto in = program.input<input_pair>();
  const auto mapped =
      in.map_with_state(state_spec<std::string>([](std::string_view, std::optional<int> size, state<std::string>& s) {
        s.update(std::string(static_cast<std::size_t>(*size), 'x'));
        return *size;
      }));
  collecting_sink<int> out;
  collecting_sink<std::pair<std::string_view, std::string>> snapshots;
  lone_operator op{program.graph().node(mapped.ref().node), {&out}, {&snapshots}};
  op.receive<input_pair>(batch_time{1000}, {{"a", 1}, {"b", 2}});
  op.close(batch_time{1000});
  op.receive<input_pair>(batch_time{2000}, {{"a", 3}, {"b", 64 << 20}});
  BOOST_CHECK_THROW(op.close(batch_time{2000}), std::length_error);
  op.skip(batch_time{2000}, presence::failed);
  snapshots.take();
  op.close(batch_time{3000});
  std::map<std::string, std::string> stored;
  for (const auto& update : op.effects.changes) {
    if (update.kind == change_kind::base)
      stored.clear();
    for (const auto& piece : update.content)
      BOOST_REQUIRE(!(for_each_chunk<std::pair<std::string, std::optional<std::string>>>(piece, [&](auto chunk) {
        for (const auto& [key, text] : chunk)
          stored[key] = text.value();
      })));
  }
  const auto now = snapshots.take();
  BOOST_TEST((stored == std::map<std::string, std::string>{{"a", "x"}, {"b", "xx"}}));
  BOOST_TEST((stored == std::map<std::string, std::string>(now.begin(), now.end())));
}

BOOST_AUTO_TEST_SUITE_END()
