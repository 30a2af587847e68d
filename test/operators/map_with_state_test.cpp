// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stateful/map_with_state.hpp>

#include "keyed_sums.hpp"

using namespace sluice;
using namespace std::string_literals;
using namespace sluice::test;

BOOST_AUTO_TEST_SUITE(map_with_state)

BOOST_AUTO_TEST_CASE(every_record_is_mapped_with_the_state_of_its_key) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random{seed};
    model truth{some_timeout(seed)};
    program p{sums_with(truth.timeout)};
    pipeline run{p.composed,
                 {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed, .block_records = 5}};
    std::map<std::int64_t, std::pair<emitted, states>> expected;
    for (const auto& batch : random_input(random, 25)) {
      const auto t = feed(run, p, batch).ms();
      expected[t].first = truth.run(t, batch);
      expected[t].second = truth.now();
      run.run_some(random() % 20);
    }
    run.run();
    for (const auto& [t, x] : expected) {
      BOOST_REQUIRE_MESSAGE(p.emitted_at(t) == x.first, "batch " << t << ", seed " << seed);
      BOOST_REQUIRE_MESSAGE(p.states_at(t) == x.second, "states of batch " << t << ", seed " << seed);
    }
  }
}

BOOST_AUTO_TEST_CASE(records_of_a_key_come_in_the_order_of_their_arrival) {
  composing program;
  const auto in = program.input<input_pair>();
  const auto out =
      collect(in.map_with_state(state_spec<std::string>([](const auto& key, const auto& value, state<std::string>& s) {
        s.update((s.exists() ? s.get() : std::string{key} + ":") + std::to_string(value.value()));
        return s.get();
      })));
  pipeline run{program, {.block_records = 2}};
  run.feed(in, 0, std::vector<input_pair>{{"a", 1}, {"b", 7}, {"a", 2}, {"a", 3}, {"b", 8}});
  run.run_batch();
  run.feed(in, 0, std::vector<input_pair>{{"b", 9}, {"a", 4}});
  run.run_batch();
  BOOST_TEST((out->at(1000) == std::vector{"a:1"s, "b:7"s, "a:12"s, "a:123"s, "b:78"s}));
  BOOST_TEST((out->at(2000) == std::vector{"b:789"s, "a:1234"s}));
}

BOOST_AUTO_TEST_CASE(a_key_times_out_once_at_the_first_batch_after_its_time) {
  for (const auto timeout : {1, 999, 1000, 1999, 2000}) {
    program p{sums_with(timeout)};
    one_partition run{p};
    BOOST_TEST((run({{"a", 5}}) == emitted{{"a", 5}}));
    // At t, a key is due that was touched before t - timeout.
    for (auto idle = 1000; idle <= timeout; idle += 1000)
      BOOST_TEST(run({}).empty(), "after " << idle << " ms of " << timeout);
    BOOST_TEST((run({}) == emitted{{"a", -5}}), "timeout " << timeout);
    BOOST_TEST(run({}).empty());
    BOOST_TEST((run({{"a", 6}}) == emitted{{"a", 6}}));
    BOOST_TEST((p.states_at(run.run.done().back().ms()) == states{{"a", 6}}));
  }
}

BOOST_AUTO_TEST_CASE(any_record_of_a_key_puts_its_timeout_off) {
  program p{sums_with(1000)};
  one_partition run{p};
  run({{"a", 5}, {"b", 1}});
  run({});
  BOOST_TEST((run({{"a", look}, {"never", look}}) == emitted{{"a", look}, {"b", -1}, {"never", look}}));
  BOOST_TEST(run({}).empty());
  BOOST_TEST((run({}) == emitted{{"a", -5}}));
}

BOOST_AUTO_TEST_CASE(keys_time_out_in_batches_without_a_dataset_too) {
  program p{sums_with(1000)};
  one_partition run{p};
  run({{"a", 5}}, true);
  BOOST_TEST(run({}, false).empty());
  BOOST_TEST((p.states_at(2000) == states{{"a", 5}}));
  BOOST_TEST((run({}, false) == emitted{{"a", -5}}));
  BOOST_TEST(p.states_at(3000).empty());
}

BOOST_AUTO_TEST_CASE(a_stream_with_a_slide_times_out_when_it_has_datasets) {
  composing program;
  const auto in = program.input<input_pair>();
  const auto mapped = in.window(duration{2000}, duration{2000}).map_with_state(sums_with(1000));
  const auto out = collect(mapped);
  const auto snapshots = collect(mapped.state_snapshots());
  pipeline run{program, {.partitions = 2}};
  run.feed(in, 0, std::vector<input_pair>{{"a", 5}});
  for (auto n = 0; n < 6; ++n)
    run.run_batch();
  BOOST_TEST((*out == batches<emitted_pair>{{2000, {{"a", 5}}}, {4000, {{"a", -5}}}, {6000, {}}}));
  BOOST_TEST((*snapshots == batches<emitted_pair>{{2000, {{"a", 5}}}, {4000, {}}, {6000, {}}}));
}

BOOST_AUTO_TEST_CASE(a_function_of_the_time_emits_what_it_likes) {
  composing program;
  const auto in = program.input<input_pair>();
  const auto out = collect(in.map_with_state(
      state_spec<std::int64_t>([](batch_time t, std::string_view key, std::optional<int>, state<std::int64_t>& first) {
        if (first.exists())
          return std::optional<std::pair<std::string_view, std::int64_t>>{};
        first.update(t.ms());
        return std::optional{std::pair{key, t.ms()}};
      })));
  pipeline run{program, {.partitions = 2}};
  run.feed(in, 0, std::vector<input_pair>{{"a", 1}, {"a", 1}});
  run.run_batch();
  run.feed(in, 0, std::vector<input_pair>{{"a", 1}, {"b", 1}});
  run.run_batch();
  BOOST_TEST((*out == batches<emitted_pair>{{1000, {{"a", 1000}}}, {2000, {{"b", 2000}}}}));
}

BOOST_AUTO_TEST_CASE(what_is_emitted_may_refer_to_keys_values_and_states) {
  composing program;
  const auto in = program.input<std::pair<std::string, std::string>>();
  const auto spec = state_spec<std::string>(
      [](const std::string& key, const std::optional<std::string>& value, state<std::string>& s) {
        if (!value)
          return std::pair<std::string_view, std::string_view>{key, s.get()};
        s.update(*value);
        return std::pair<std::string_view, std::string_view>{*value, s.get()};
      });
  const auto out = collect(in.map_with_state(spec.timeout(duration{1})));
  pipeline run{program};
  using pairs = std::vector<std::pair<std::string, std::string>>;
  const auto far = std::string(30, 'x');
  run.feed(in, 0, pairs{{"a", "1"}, {"a", "2"}, {"b" + far, "3" + far}, {"a", "4" + far}, {"b" + far, "5"}});
  run.run_batch();
  run.run_batch();
  BOOST_TEST(
      (out->at(1000) == pairs{{"1", "1"}, {"2", "2"}, {"3" + far, "3" + far}, {"4" + far, "4" + far}, {"5", "5"}}));
  BOOST_TEST((out->at(2000) == pairs{{"a", "4" + far}, {"b" + far, "5"}}));
}

BOOST_AUTO_TEST_CASE(keys_values_and_states_may_be_of_any_record_type) {
  composing program;
  using key = std::pair<std::string_view, double>;
  const auto in = program.input<std::pair<key, std::vector<std::string_view>>>();
  const auto mapped = in.map_with_state(
      state_spec<std::vector<std::string>>([](const key&, const auto& texts, state<std::vector<std::string>>& all) {
        auto joined = all.get_option().value_or(std::vector<std::string>{});
        joined.insert(joined.end(), texts->begin(), texts->end());
        all.update(joined);
        return joined.size();
      }).initial_state(std::vector{std::pair{std::pair{"a", 1.5}, std::vector{"first"s}}}));
  const auto out = collect(mapped);
  const auto snapshots = collect(mapped.state_snapshots());
  pipeline run{program, {.partitions = 3}};
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  for (auto n = 0; n < 2; ++n) {
    run.feed(in, 0, std::vector<std::pair<key, std::vector<std::string_view>>>{{{"a", nan}, {"x", "y"}}});
    run.run_batch();
  }
  BOOST_TEST((out->at(2000) == std::vector<std::size_t>{4}));
  std::size_t texts = 0;
  for (const auto& [k, list] : snapshots->at(2000))
    texts += list.size();
  BOOST_TEST(snapshots->at(2000).size() == 2U);
  BOOST_TEST(texts == 5U);
}

BOOST_AUTO_TEST_CASE(keys_of_the_initial_state_are_there_from_the_start) {
  // A range of views, or a dataset; of a key that is there twice the last counts.
  const auto check = [](const auto& initial) {
    program p{sums_with(2000).initial_state(initial).num_partitions(2)};
    one_partition run{p};
    run({{"a", 1}}, true);
    BOOST_TEST((p.states_at(1000) == states{{"a", 11}, {"b", 20}}));
    BOOST_TEST(run({}, false).empty());
    // They count as touched at the zero time, which is 0 here.
    BOOST_TEST((run({}) == emitted{{"b", -20}}));
    BOOST_TEST((run({}) == emitted{{"a", -11}}));
  };
  const std::vector<std::pair<std::string_view, int>> pairs{{"a", 9}, {"b", 20}, {"a", 10}};
  check(pairs);
  check(rdd<std::pair<std::string_view, int>>{{{make_batch<std::pair<std::string_view, int>>(pairs)}}});
  check(std::map<std::string, std::int64_t>{{"a", 10}, {"b", 20}});
}

BOOST_AUTO_TEST_CASE(snapshots_may_be_all_that_is_used) {
  composing program;
  const auto in = program.input<input_pair>();
  const auto snapshots =
      collect(in.map_with_state(sums_with({})).state_snapshots().filter([](const auto& x) { return x.second > 1; }));
  pipeline run{program, {.partitions = 3}};
  run.feed(in, 0, std::vector<input_pair>{{"a", 1}, {"b", 2}});
  run.run_batch();
  run.run_batch();
  BOOST_TEST((*snapshots == batches<emitted_pair>{{1000, {{"b", 2}}}, {2000, {{"b", 2}}}}));
}

BOOST_AUTO_TEST_CASE(a_state_that_is_not_there_fails_the_batch) {
  composing program;
  const auto in = program.input<input_pair>();
  collect(in.map_with_state(
      state_spec<int>([](std::string_view, std::optional<int>, const state<int>& s) { return s.get(); })));
  pipeline run{program};
  run.feed(in, 0, std::vector<input_pair>{{"a", 1}});
  BOOST_CHECK_THROW(run.run_batch(), operator_failure);
}

BOOST_AUTO_TEST_CASE(what_cannot_work_is_refused_at_once) {
  BOOST_CHECK_THROW(sums_with(0).timeout(duration{0}), usage_error);
  BOOST_CHECK_THROW(sums_with(1000).timeout(duration{-1}), usage_error);
  composing program;
  const auto in = program.input<input_pair>();
  BOOST_CHECK_THROW(in.map_with_state(sums_with({}).num_partitions(0)), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()
