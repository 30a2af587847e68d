// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/map_with_state.hpp>

#include <map>
#include <random>

#include <boost/test/unit_test.hpp>

#include "../support/lone_operator.hpp"
#include "../support/pipeline.hpp"

using namespace sluice;
using namespace std::string_literals;
using namespace std::string_view_literals;
using test::pipeline;

namespace {

using input_pair = std::pair<std::string_view, int>;
using emitted_pair = std::pair<std::string_view, std::int64_t>;
using emitted = std::vector<std::pair<std::string, std::int64_t>>;
using states = std::map<std::string, std::int64_t>;

constexpr int look = 0;
constexpr int forget = 1000;

/// Adds up the values of a key. Emits (key, value), and (key, minus its sum) when it times out.
emitted_pair add_up(const std::string_view& key, const std::optional<int>& value, state<std::int64_t>& sum) {
  if (sum.is_timing_out())
    return {key, value ? forget : -sum.get()};
  if (*value == forget)
    sum.remove();
  else if (*value != look)
    sum.update(sum.get_option().value_or(0) + *value);
  return {key, *value};
}

struct batch_of_input {
  std::vector<std::pair<std::string, int>> records;
  bool has_dataset = true;
};

/// Keys of many ages. What a batch does with one key does not depend on the order: that is not the same everywhere.
std::vector<batch_of_input> random_input(std::mt19937_64& random, std::size_t batches) {
  std::vector<batch_of_input> result(batches);
  for (auto& batch : result) {
    batch.has_dataset = random() % 5 != 0;
    if (!batch.has_dataset || random() % 5 == 0)
      continue;
    for (std::size_t k = random() % 20; k != 0; --k) {
      const auto key = "key " + std::to_string(k * k) + std::string(k % 2 * 20, '.');
      if (const auto what = random() % 10; what == 0)
        batch.records.emplace_back(key, forget);
      else if (what == 1)
        batch.records.emplace_back(key, look);
      else if (what < 6)
        for (std::size_t n = random() % 4 + 1; n != 0; --n)
          batch.records.emplace_back(key, static_cast<int>(random() % 5));
    }
    std::ranges::shuffle(batch.records, random);
  }
  return result;
}

/// What map_with_state is to do, over a std::map.
struct model {
  std::optional<std::int64_t> timeout;                                    ///< ms
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> sums = {}; ///< and when they were touched

  emitted run(std::int64_t t, const batch_of_input& batch) {
    emitted result;
    for (const auto& [key, value] : batch.records) {
      result.emplace_back(key, value);
      if (value == forget)
        sums.erase(key);
      else if (value != look)
        sums[key].first += value;
      if (sums.contains(key))
        sums[key].second = t;
    }
    for (auto i = sums.begin(); i != sums.end();) {
      const auto [key, x] = *i++;
      if (timeout && x.second < t - *timeout) {
        result.emplace_back(key, -x.first);
        sums.erase(key);
      }
    }
    std::ranges::sort(result);
    return result;
  }

  states now() const {
    states result;
    for (const auto& [key, x] : sums)
      result.emplace(key, x.first);
    return result;
  }
};

template <class Spec>
struct program {
  explicit program(const Spec& spec)
      : mapped{in.map_with_state(spec).named("sums")}, out{test::collect(mapped)},
        snapshots{test::collect(mapped.state_snapshots())} {}

  emitted emitted_at(std::int64_t t) const {
    auto result = out->at(t);
    std::ranges::sort(result);
    return result;
  }

  states states_at(std::int64_t t) const {
    const auto& records = snapshots->at(t);
    states result(records.begin(), records.end());
    BOOST_REQUIRE_EQUAL(result.size(), records.size());
    return result;
  }

  test::composing composed;
  dstream<input_pair> in = composed.input<input_pair>();
  mapped_stream<emitted_pair, std::string_view, std::int64_t> mapped;
  std::shared_ptr<test::batches<emitted_pair>> out;
  std::shared_ptr<test::batches<emitted_pair>> snapshots;
};

auto sums_with(std::optional<std::int64_t> timeout) {
  const auto spec = state_spec<std::int64_t>(add_up);
  return timeout ? spec.timeout(duration{*timeout}) : spec;
}

template <class Program>
batch_time feed(pipeline& run, const Program& p, const batch_of_input& batch) {
  run.feed(p.in, 0, std::vector<input_pair>(batch.records.begin(), batch.records.end()));
  return run.cut(batch.has_dataset ? std::set<std::uint32_t>{} : std::set<std::uint32_t>{0});
}

/// No timeout; some between batch times, and some that are batch times.
std::optional<std::int64_t> some_timeout(std::uint64_t seed) {
  constexpr std::array<std::int64_t, 5> timeouts{0, 1000, 1500, 2000, 4999};
  const auto result = timeouts[seed % timeouts.size()];
  return result == 0 ? std::nullopt : std::optional{result};
}

/// One partition that runs batch by batch.
template <class Program>
struct one_partition {
  explicit one_partition(const Program& p, pipeline::options how = {}) : program{p}, run{p.composed, how} {}

  emitted operator()(std::vector<std::pair<std::string, int>> records, bool has_dataset = true) {
    const auto t = feed(run, program, {std::move(records), has_dataset});
    run.run();
    return program.emitted_at(t.ms());
  }

  const Program& program;
  pipeline run;
};

} // namespace

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

BOOST_AUTO_TEST_CASE(records_of_a_key_come_in_the_order_of_their_arrival) {
  test::composing program;
  const auto in = program.input<input_pair>();
  const auto out = test::collect(
      in.map_with_state(state_spec<std::string>([](const auto& key, const auto& value, state<std::string>& s) {
        s.update((s.exists() ? s.get() : std::string{key} + ":") + std::to_string(*value));
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
  test::composing program;
  const auto in = program.input<input_pair>();
  const auto mapped = in.window(duration{2000}, duration{2000}).map_with_state(sums_with(1000));
  const auto out = test::collect(mapped);
  const auto snapshots = test::collect(mapped.state_snapshots());
  pipeline run{program, {.partitions = 2}};
  run.feed(in, 0, std::vector<input_pair>{{"a", 5}});
  for (auto n = 0; n < 6; ++n)
    run.run_batch();
  BOOST_TEST((*out == test::batches<emitted_pair>{{2000, {{"a", 5}}}, {4000, {{"a", -5}}}, {6000, {}}}));
  BOOST_TEST((*snapshots == test::batches<emitted_pair>{{2000, {{"a", 5}}}, {4000, {}}, {6000, {}}}));
}

BOOST_AUTO_TEST_CASE(a_function_of_the_time_emits_what_it_likes) {
  test::composing program;
  const auto in = program.input<input_pair>();
  const auto out = test::collect(in.map_with_state(
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
  BOOST_TEST((*out == test::batches<emitted_pair>{{1000, {{"a", 1000}}}, {2000, {{"b", 2000}}}}));
}

BOOST_AUTO_TEST_CASE(what_is_emitted_may_refer_to_keys_values_and_states) {
  test::composing program;
  const auto in = program.input<std::pair<std::string, std::string>>();
  const auto spec = state_spec<std::string>(
      [](const std::string& key, const std::optional<std::string>& value, state<std::string>& s) {
        if (!value)
          return std::pair<std::string_view, std::string_view>{key, s.get()};
        s.update(*value);
        return std::pair<std::string_view, std::string_view>{*value, s.get()};
      });
  const auto out = test::collect(in.map_with_state(spec.timeout(duration{1})));
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
  test::composing program;
  using key = std::pair<std::string_view, double>;
  const auto in = program.input<std::pair<key, std::vector<std::string_view>>>();
  const auto mapped = in.map_with_state(
      state_spec<std::vector<std::string>>([](const key&, const auto& texts, state<std::vector<std::string>>& all) {
        auto joined = all.get_option().value_or(std::vector<std::string>{});
        joined.insert(joined.end(), texts->begin(), texts->end());
        all.update(joined);
        return joined.size();
      }).initial_state(std::vector{std::pair{std::pair{"a", 1.5}, std::vector{"first"s}}}));
  const auto out = test::collect(mapped);
  const auto snapshots = test::collect(mapped.state_snapshots());
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
  run(records(10'000, 30'000));
  run(records(10'000, 30'000));
  run(records(20'000, 30'000));
  BOOST_TEST(run.run.updates().back().snapshot);
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

BOOST_AUTO_TEST_CASE(snapshots_may_be_all_that_is_used) {
  test::composing program;
  const auto in = program.input<input_pair>();
  const auto snapshots = test::collect(
      in.map_with_state(sums_with({})).state_snapshots().filter([](const auto& x) { return x.second > 1; }));
  pipeline run{program, {.partitions = 3}};
  run.feed(in, 0, std::vector<input_pair>{{"a", 1}, {"b", 2}});
  run.run_batch();
  run.run_batch();
  BOOST_TEST((*snapshots == test::batches<emitted_pair>{{1000, {{"b", 2}}}, {2000, {{"b", 2}}}}));
}

BOOST_AUTO_TEST_CASE(a_batch_that_fails_leaves_no_trace) {
  test::composing program;
  const auto in = program.input<input_pair>();
  const auto spec =
      state_spec<std::int64_t>([](std::string_view key, std::optional<int> value, state<std::int64_t>& s) {
        if (value == 13 || (!value && key == "b" && s.get() == 2))
          throw std::runtime_error{"no luck"};
        return add_up(key, value, s);
      });
  const auto mapped = in.map_with_state(spec.timeout(duration{2000}));
  test::collecting_sink<emitted_pair> out;
  test::collecting_sink<emitted_pair> snapshots;
  test::lone_operator op{program.graph().node(mapped.ref().node), {&out}, {&snapshots}};
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
  op.skip(batch_time{2000}, dataset::failed);
  BOOST_TEST(changes() == 0U);
  out.take();
  op.skip(batch_time{3000}, dataset::none);
  BOOST_TEST(out.take().empty());
  BOOST_TEST((states_now() == states{{"a", 1}, {"b", 2}, {"c", 3}}));
  // A failed call for a timeout is made again at the next batch.
  op.receive<input_pair>(batch_time{4000}, {{"c", 1}});
  BOOST_CHECK_THROW(op.close(batch_time{4000}), std::runtime_error);
  op.skip(batch_time{4000}, dataset::failed);
  BOOST_TEST((op.logic().result(batch_time{4000}, dataset::failed) == dataset::failed));
  BOOST_TEST(changes() == 0U);
  out.take();
  op.receive<input_pair>(batch_time{5000}, {{"b", 1}});
  op.close(batch_time{5000});
  BOOST_TEST((out.take() == emitted{{"b", 1}, {"a", -1}, {"c", -3}}));
  BOOST_TEST((states_now() == states{{"b", 3}}));
  BOOST_TEST(changes() == 3U);
}

BOOST_AUTO_TEST_CASE(a_state_that_is_too_large_to_be_stored_fails_its_batch_only) {
  test::composing program;
  const auto in = program.input<input_pair>();
  const auto mapped =
      in.map_with_state(state_spec<std::string>([](std::string_view, std::optional<int> size, state<std::string>& s) {
        s.update(std::string(static_cast<std::size_t>(*size), 'x'));
        return *size;
      }));
  test::collecting_sink<int> out;
  test::collecting_sink<std::pair<std::string_view, std::string>> snapshots;
  test::lone_operator op{program.graph().node(mapped.ref().node), {&out}, {&snapshots}};
  op.receive<input_pair>(batch_time{1000}, {{"a", 1}, {"b", 2}});
  op.close(batch_time{1000});
  op.receive<input_pair>(batch_time{2000}, {{"a", 3}, {"b", 64 << 20}});
  BOOST_CHECK_THROW(op.close(batch_time{2000}), std::length_error);
  op.skip(batch_time{2000}, dataset::failed);
  snapshots.take();
  op.close(batch_time{3000});
  std::map<std::string, std::string> stored;
  for (const auto& update : op.effects.changes) {
    if (update.snapshot)
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

BOOST_AUTO_TEST_CASE(exceptions_of_the_function_pass_through) {
  test::composing program;
  const auto in = program.input<input_pair>();
  test::collect(in.map_with_state(
      state_spec<int>([](std::string_view, std::optional<int>, const state<int>& s) { return s.get(); })));
  pipeline run{program};
  run.feed(in, 0, std::vector<input_pair>{{"a", 1}});
  BOOST_CHECK_THROW(run.run_batch(), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(what_cannot_work_is_refused_at_once) {
  BOOST_CHECK_THROW(sums_with(0).timeout(duration{0}), usage_error);
  BOOST_CHECK_THROW(sums_with(1000).timeout(duration{-1}), usage_error);
  test::composing program;
  const auto in = program.input<input_pair>();
  BOOST_CHECK_THROW(in.map_with_state(sums_with({}).num_partitions(0)), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(state_of_a_key)

BOOST_AUTO_TEST_CASE(a_state_can_be_looked_at_updated_and_removed) {
  std::optional<int> value;
  state<int> s{value};
  BOOST_TEST(!s.exists());
  BOOST_TEST(!s.is_timing_out());
  BOOST_TEST(!s.get_option());
  BOOST_CHECK_THROW(s.get(), std::out_of_range);
  s.update(1);
  s.update(s.get() + 1);
  BOOST_TEST(s.exists());
  BOOST_TEST(s.get() == 2);
  BOOST_TEST(s.get_option().value() == 2);
  BOOST_TEST(value.value() == 2);
  s.remove();
  BOOST_TEST(!s.exists());
  BOOST_TEST(!value);
  BOOST_CHECK_THROW(s.get(), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_removed_state_cannot_be_used_any_more) {
  for (const auto& before : {std::optional<int>{}, std::optional{1}}) {
    auto value = before;
    state<int> s{value};
    s.remove();
    BOOST_CHECK_THROW(s.update(2), usage_error);
    BOOST_CHECK_THROW(s.remove(), usage_error);
    BOOST_TEST(!value);
  }
}

BOOST_AUTO_TEST_CASE(a_state_that_is_timing_out_can_only_be_read) {
  std::optional<int> value{1};
  state<int> s{value, state_call::timeout};
  BOOST_TEST(s.is_timing_out());
  BOOST_TEST(s.get() == 1);
  BOOST_CHECK_THROW(s.update(2), usage_error);
  BOOST_CHECK_THROW(s.remove(), usage_error);
  BOOST_TEST(value.value() == 1);
}

BOOST_AUTO_TEST_CASE(the_former_state_is_kept_by_the_first_change) {
  std::optional<int> value{1};
  detail::former_state<int> former;
  state<int> s{value, state_call::record, &former};
  BOOST_TEST(!former.has_value());
  s.update(2);
  s.update(3);
  s.remove();
  BOOST_TEST((former == detail::former_state<int>{1}));
}

BOOST_AUTO_TEST_SUITE_END()
