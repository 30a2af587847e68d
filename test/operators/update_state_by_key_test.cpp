// SPDX-License-Identifier: BSD-3-Clause
#include <map>
#include <numeric>
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
using states = std::map<std::string, std::int64_t>;

/// Sums; forgets a key whose sum is 0.
std::optional<std::int64_t> sum(std::span<const int> values, std::optional<std::int64_t> old) {
  const auto result = std::accumulate(values.begin(), values.end(), old.value_or(0));
  return result == 0 ? std::nullopt : std::optional{result};
}

struct program {
  explicit program(std::string name = "sums")
      : out{test::collect(in.update_state_by_key(sum).named(std::move(name)))} {}

  test::composing composed;
  dstream<input_pair> in = composed.input<input_pair>();
  std::shared_ptr<test::batches<std::pair<std::string_view, std::int64_t>>> out;

  states at(std::int64_t t) const {
    const auto& records = out->at(t);
    states result(records.begin(), records.end());
    BOOST_REQUIRE_EQUAL(result.size(), records.size());
    return result;
  }
};

struct random_batch {
  explicit random_batch(std::mt19937_64& random, std::size_t size) {
    for (std::size_t n = 0; n < size; ++n)
      owned.emplace_back("key " + std::to_string(random() % 50) + std::string(random() % 2 * 20, '.'),
                         static_cast<int>(random() % 5) - 2);
    for (const auto& [key, value] : owned)
      views.emplace_back(key, value);
  }

  void apply(states& to) const {
    std::map<std::string, std::int64_t> changes;
    for (const auto& [key, value] : owned)
      changes[key] += value;
    for (const auto& [key, change] : changes)
      if ((to[key] += change) == 0)
        to.erase(key);
  }

  std::vector<std::pair<std::string, int>> owned;
  std::vector<input_pair> views;
};

/// Compares and copies, so that a test can see who is asked.
struct unequal {
  int x;
  friend bool operator==(const unequal&, const unequal&) { throw std::logic_error{"asked for equality"}; }
};

struct no_equality {
  int x;
};

} // namespace

BOOST_AUTO_TEST_SUITE(update_state_by_key)

BOOST_AUTO_TEST_CASE(every_batch_shows_all_keys_with_their_states) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    std::mt19937_64 random{seed};
    program p;
    pipeline run{p.composed,
                 {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed, .block_records = 9}};
    std::map<std::int64_t, states> expected;
    states truth;
    for (auto n = 0; n < 8; ++n) {
      const random_batch batch{random, random() % 3 == 0 ? 0 : random() % 100};
      batch.apply(truth);
      run.feed(p.in, 0, batch.views);
      expected[run.cut().ms()] = truth;
      run.run_some(random() % 20);
    }
    run.run();
    for (const auto& [t, s] : expected)
      BOOST_REQUIRE_MESSAGE(p.at(t) == s, "batch " << t << ", seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(the_function_is_called_for_idle_keys_with_no_values_and_forgets_what_it_likes) {
  std::map<std::pair<std::string, std::int64_t>, std::vector<int>> calls;
  test::composing program;
  const auto in = program.input<input_pair>();
  // A key lives for three batches after its last value.
  const auto out = test::collect(in.update_state_by_key([](std::span<const int> values, std::optional<int> old) {
    if (!values.empty())
      return std::optional{3};
    return *old == 1 ? std::nullopt : std::optional{*old - 1};
  }));
  pipeline run{program, {.partitions = 2}};
  const auto feed = [&](std::vector<input_pair> records) {
    run.feed(in, 0, records);
    return out->at(run.run_batch().ms());
  };
  using result = std::vector<std::pair<std::string, int>>;
  BOOST_TEST((feed({{"a", 1}}) == result{{"a", 3}}));
  BOOST_TEST((feed({}) == result{{"a", 2}}));
  BOOST_TEST((feed({{"a", 1}}) == result{{"a", 3}}));
  BOOST_TEST((feed({}) == result{{"a", 2}}));
  BOOST_TEST((feed({}) == result{{"a", 1}}));
  BOOST_TEST(feed({}).empty());
  BOOST_TEST(feed({}).empty());
  BOOST_TEST((feed({{"a", 1}}) == result{{"a", 3}}));
}

BOOST_AUTO_TEST_CASE(the_function_sees_all_values_of_a_key_in_one_call) {
  test::composing program;
  const auto in = program.input<input_pair>();
  const auto out =
      test::collect(in.update_state_by_key<std::vector<int>>([](std::span<const int> values, const auto& old) {
        auto result = old.value_or(std::vector<int>{});
        result.push_back(-1);
        result.insert(result.end(), values.begin(), values.end());
        return std::optional{result};
      }));
  pipeline run{program};
  run.feed(in, 0, std::vector<input_pair>{{"a", 1}, {"b", 5}, {"a", 2}, {"a", 3}});
  run.run_batch();
  run.run_batch();
  std::map<std::string, std::vector<int>> last(out->at(2000).begin(), out->at(2000).end());
  BOOST_TEST((last.at("a") == std::vector{-1, 1, 2, 3, -1}));
  BOOST_TEST((last.at("b") == std::vector{-1, 5, -1}));
}

BOOST_AUTO_TEST_CASE(many_idle_keys_may_be_forgotten_at_once) {
  test::composing program;
  const auto in = program.input<std::pair<int, int>>();
  const auto out = test::collect(in.update_state_by_key<int>([](auto values, auto old) {
    return values.empty() && *old % 3 != 0 ? std::optional<int>{} : values.empty() ? old : std::optional{values[0]};
  }));
  pipeline run{program};
  std::vector<std::pair<int, int>> records;
  for (auto i = 0; i < 10'000; ++i)
    records.emplace_back(i, i);
  run.feed(in, 0, records);
  run.run_batch();
  run.run_batch();
  BOOST_TEST(out->at(1000).size() == 10'000U);
  BOOST_TEST(out->at(2000).size() == 3'334U);
}

BOOST_AUTO_TEST_CASE(a_batch_reports_what_it_changed_and_nothing_else) {
  program p;
  pipeline run{p.composed};
  const auto changes_of = [&](std::vector<input_pair> records) {
    run.feed(p.in, 0, records);
    run.run_batch();
    const auto& update = run.updates().back();
    BOOST_TEST(to_string(update.id) == "'sums' partition 0");
    BOOST_TEST((update.kind == change_kind::delta));
    std::map<std::string, std::optional<std::int64_t>> result;
    for (const auto& piece : update.content)
      BOOST_REQUIRE(!(for_each_chunk<std::pair<std::string, std::optional<std::int64_t>>>(
          piece, [&](auto chunk) { result.insert(chunk.begin(), chunk.end()); })));
    return result;
  };
  using changes = std::map<std::string, std::optional<std::int64_t>>;
  BOOST_TEST((changes_of({{"a", 1}, {"b", 2}}) == changes{{"a", 1}, {"b", 2}}));
  BOOST_TEST(changes_of({}).empty());
  BOOST_TEST((changes_of({{"a", 1}, {"b", 0}, {"c", 0}}) == changes{{"a", 2}}));
  BOOST_TEST((changes_of({{"a", -2}, {"b", 1}}) == changes{{"a", {}}, {"b", 3}}));
  BOOST_TEST(run.updates().size() == 4U);
}

BOOST_AUTO_TEST_CASE(state_comes_back_from_deltas_and_snapshots_alike) {
  // So many changes that snapshots are written, more than one for some seeds.
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    std::mt19937_64 random{seed};
    const auto partitions = 1 + static_cast<std::uint32_t>(seed % 3);
    program p;
    pipeline run{p.composed, {.partitions = partitions, .seed = seed, .block_records = 500}};
    std::map<std::int64_t, states> truth;
    for (auto n = 0; n < 60; ++n) {
      const random_batch batch{random, 300};
      std::vector<std::pair<std::string, int>> many;
      for (auto k = 0; k < 1'000; ++k)
        many.emplace_back("often changed " + std::to_string(random() % 1'200), 1);
      run.feed(p.in, 0, batch.views);
      run.feed(p.in, 0, std::vector<input_pair>(many.begin(), many.end()));
      const auto t = run.run_batch().ms();
      truth[t] = p.at(t);
    }
    BOOST_TEST(std::ranges::count(run.updates(), change_kind::base, &state_update::kind) >= partitions);
    for (const auto t : {1'000, 11'000, 30'000, 59'000}) {
      program again;
      pipeline recovered{again.composed, {.partitions = partitions, .first = batch_time{t} + pipeline::interval}};
      recovered.restore(run.updates(), batch_time{t});
      const auto next = recovered.run_batch().ms();
      BOOST_REQUIRE(again.at(next) == truth.at(t));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_recovery_reads_stays_in_proportion_over_many_restarts) {
  // Each life is too short to fill up with changes of its own.
  std::vector<state_update> log;
  states truth;
  auto last = batch_time{0};
  std::size_t most = 0;
  for (auto life = 0; life < 12; ++life) {
    program p;
    pipeline run{p.composed, {.first = last + pipeline::interval}};
    run.restore(log, last);
    std::size_t stored = 0;
    for (const auto& update : log) {
      stored = update.kind == change_kind::base ? 0 : stored;
      for (const auto& piece : update.content)
        stored += piece.count();
    }
    most = std::max(most, stored);
    std::vector<std::pair<std::string, int>> records;
    for (auto k = 0; k < 4'000; ++k)
      records.emplace_back("key " + std::to_string(k), 1);
    run.feed(p.in, 0, std::vector<input_pair>(records.begin(), records.end()));
    last = run.run_batch();
    log.insert(log.end(), run.updates().begin(), run.updates().end());
    BOOST_REQUIRE_EQUAL(p.at(last.ms()).size(), 4'000U);
    BOOST_REQUIRE_EQUAL(p.at(last.ms()).at("key 7"), life + 1);
  }
  BOOST_TEST(most <= 10'000U + 3 * 4'000U);
}

BOOST_AUTO_TEST_CASE(a_state_that_becomes_empty_is_recovered_empty) {
  program p;
  pipeline run{p.composed};
  std::vector<std::pair<std::string, int>> records;
  for (auto k = 0; k < 6'000; ++k)
    records.emplace_back(std::to_string(k), 1);
  run.feed(p.in, 0, std::vector<input_pair>(records.begin(), records.end()));
  run.run_batch();
  for (auto& [key, value] : records)
    value = -1;
  run.feed(p.in, 0, std::vector<input_pair>(records.begin(), records.end()));
  run.run_batch();
  BOOST_TEST((run.updates().back().kind == change_kind::base));
  // What is left says that there has been a state.
  BOOST_TEST_REQUIRE(run.updates().back().content.size() == 1U);
  BOOST_TEST(run.updates().back().content[0].count() == 0U);
  program again;
  pipeline recovered{again.composed, {.first = batch_time{3000}}};
  BOOST_TEST(recovered.restore(run.updates(), batch_time{2000}) == 1U);
  recovered.run_batch();
  BOOST_TEST(again.at(3000).empty());
}

BOOST_AUTO_TEST_CASE(keys_values_and_states_may_be_of_any_record_type) {
  test::composing program;
  using key = std::pair<std::string_view, double>;
  const auto in = program.input<std::pair<key, std::vector<std::string_view>>>();
  const auto joined = test::collect(in.update_state_by_key<std::string>([](auto lists, auto old) {
    auto result = old.value_or("");
    for (const auto& list : lists)
      for (const auto& text : list)
        result += text;
    return std::optional{result};
  }));
  const auto flags = program.input<std::pair<bool, bool>>();
  const auto any = test::collect(
      flags.update_state_by_key([](std::span<const bool> values, std::optional<bool> old) -> std::optional<bool> {
        return std::ranges::find(values, true) != values.end() || old.value_or(false);
      }));
  const auto blobs = program.input<std::pair<int, bytes_view>>();
  const auto sizes = test::collect(blobs.update_state_by_key<std::size_t>(
      [](std::span<const bytes> values, std::optional<std::size_t> old) -> std::optional<std::size_t> {
        return values.empty() ? old : std::optional{values.back().size()};
      }));
  pipeline run{program, {.partitions = 2}};
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  for (auto n = 0; n < 3; ++n) {
    const auto text = "a text that is long enough to be on the heap"s;
    run.feed(in, 0, std::vector<std::pair<key, std::vector<std::string_view>>>{{{text, nan}, {"a", "b"}}});
    run.feed(flags, 1, std::vector<std::pair<bool, bool>>{{true, n == 1}, {false, false}});
    run.feed(blobs, 2, std::vector<std::pair<int, bytes_view>>{{7, std::as_bytes(std::span{text})}});
    run.run_batch();
  }
  BOOST_REQUIRE_EQUAL(joined->at(3000).size(), 1U);
  BOOST_TEST(joined->at(3000)[0].second == "ababab");
  const std::map<bool, bool> found(any->at(3000).begin(), any->at(3000).end());
  BOOST_TEST(found.at(true));
  BOOST_TEST(!found.at(false));
  BOOST_TEST(sizes->at(3000)[0].second == 44U);
}

BOOST_AUTO_TEST_CASE(states_are_compared_by_their_fields_whatever_equality_they_have) {
  test::composing program;
  const auto in = program.input<input_pair>();
  const auto by_fields = test::collect(in.update_state_by_key<unequal>(
      [](auto values, auto old) { return values.empty() ? old : std::optional{unequal{values.back()}}; }));
  const auto lists = test::collect(in.update_state_by_key<std::vector<no_equality>>([](auto values, auto old) {
    return values.empty() ? old : std::optional{std::vector<no_equality>{{values.back()}}};
  }));
  pipeline run{program};
  const std::vector<std::vector<input_pair>> input{{{"a", 1}}, {{"a", 1}}, {}, {{"a", 2}}};
  for (const auto& records : input) {
    run.feed(in, 0, records);
    run.run_batch();
  }
  BOOST_TEST(by_fields->at(4000)[0].second.x == 2);
  BOOST_TEST(lists->at(4000)[0].second[0].x == 2);
  std::map<std::int64_t, std::size_t> changes;
  for (const auto& update : run.updates())
    changes[update.time.ms()] += update.content.size();
  BOOST_TEST((changes == std::map<std::int64_t, std::size_t>{{1000, 2}, {2000, 0}, {3000, 0}, {4000, 2}}));
}

BOOST_AUTO_TEST_CASE(a_function_may_take_the_time_and_the_key) {
  test::composing program;
  const auto in = program.input<input_pair>();
  // A key that starts with "x" is forgotten after 2 s, the others stay.
  const auto out = test::collect(in.update_state_by_key(
      [](batch_time t, std::string_view key, std::span<const int> values, std::optional<std::int64_t> last) {
        if (!values.empty())
          return std::optional{t.ms()};
        return key.starts_with('x') && *last + 2000 <= t.ms() ? std::nullopt : last;
      },
      2));
  const auto generic = test::collect(in.update_state_by_key<std::string>(
      [](auto t, const auto& key, auto, const auto& old) -> std::optional<std::string> {
        return old.value_or(std::string{key} + " since " + to_string(t));
      },
      3));
  pipeline run{program};
  run.feed(in, 0, std::vector<input_pair>{{"xa", 1}, {"b", 1}});
  for (auto n = 0; n < 3; ++n)
    run.run_batch();
  const auto at = [&](std::int64_t t) { return states(out->at(t).begin(), out->at(t).end()); };
  BOOST_TEST((at(1000) == states{{"xa", 1000}, {"b", 1000}}));
  BOOST_TEST((at(2000) == states{{"xa", 1000}, {"b", 1000}}));
  BOOST_TEST((at(3000) == states{{"b", 1000}}));
  const std::map<std::string, std::string> texts(generic->at(3000).begin(), generic->at(3000).end());
  BOOST_TEST((texts == std::map<std::string, std::string>{{"xa", "xa since 1000 ms"}, {"b", "b since 1000 ms"}}));
}

BOOST_AUTO_TEST_CASE(without_a_dataset_there_is_none_until_the_first_one) {
  program p;
  pipeline run{p.composed, {.partitions = 3}};
  const auto without = [&] {
    const auto t = run.cut({0});
    run.run();
    return t.ms();
  };
  without();
  without();
  BOOST_TEST(p.out->empty());
  run.run_batch();
  BOOST_TEST(p.at(3000).empty());
  run.feed(p.in, 0, std::vector<input_pair>{{"a", 1}});
  run.run_batch();
  BOOST_TEST((p.at(without()) == states{{"a", 1}}));
  // A program that recovers remembers whether there has been one, which may have been empty.
  for (std::int64_t t = 1000; t <= 5000; t += 1000) {
    program again;
    pipeline recovered{again.composed, {.partitions = 3, .first = batch_time{t + 1000}, .zero = batch_time{0}}};
    recovered.restore(run.updates(), batch_time{t});
    recovered.cut({0});
    recovered.run();
    BOOST_TEST_REQUIRE(again.out->contains(t + 1000) == (t >= 3000), "recovered at " << t);
    if (t >= 3000)
      BOOST_TEST((again.at(t + 1000) == (t == 3000 ? states{} : states{{"a", 1}})));
  }
}

BOOST_AUTO_TEST_CASE(the_initial_state_is_updated_like_any_other) {
  const std::map<std::string, std::int64_t> initial{{"a", 1}, {"b", 2}, {"c", 3}};
  using pair = std::pair<std::string_view, std::int64_t>;
  const std::vector<pair> pairs(initial.begin(), initial.end());
  const auto check = [](const auto& given) {
    // What stays untouched for a batch loses 1.
    const auto age = [](std::span<const int> values, std::optional<std::int64_t> old) {
      const auto now = values.empty() ? *old - 1 : sum(values, old).value_or(0);
      return now == 0 ? std::nullopt : std::optional{now};
    };
    for (const auto partitions : {1, 2, 3}) {
      test::composing first;
      const auto in = first.input<input_pair>();
      const auto out = test::collect(in.update_state_by_key(age, partitions, given).named("aging"));
      pipeline run{first};
      run.cut({0});
      run.run();
      run.feed(in, 0, std::vector<input_pair>{{"b", 5}, {"d", 1}});
      run.run_batch();
      const auto at = [](const auto& from, std::int64_t t) { return states(from->at(t).begin(), from->at(t).end()); };
      BOOST_TEST((at(out, 1000) == states{{"b", 1}, {"c", 2}}));
      BOOST_TEST((at(out, 2000) == states{{"b", 6}, {"c", 1}, {"d", 1}}));
      // It is in the checkpoint, so it is not applied again.
      test::composing second;
      const auto again = second.input<input_pair>();
      const auto recovered = test::collect(again.update_state_by_key(age, partitions, given).named("aging"));
      pipeline next{second, {.first = batch_time{3000}, .zero = batch_time{0}}};
      next.restore(run.updates(), batch_time{2000});
      next.run_batch();
      BOOST_TEST((at(recovered, 3000) == states{{"b", 5}}));
    }
  };
  check(initial);
  check(pairs);
  check(rdd<pair>{{{make_batch<pair>(pairs)}}});
}

BOOST_AUTO_TEST_CASE(a_stream_with_a_slide_updates_its_keys_when_it_has_datasets) {
  test::composing program;
  const auto in = program.input<input_pair>();
  const auto out = test::collect(
      in.window(duration{2000}, duration{2000}).update_state_by_key([](std::span<const int>, std::optional<int> calls) {
        return std::optional{calls.value_or(0) + 1};
      }));
  pipeline run{program, {.partitions = 2}};
  run.feed(in, 0, std::vector<input_pair>{{"a", 1}});
  for (auto n = 0; n < 5; ++n)
    run.run_batch();
  BOOST_TEST((*out == test::batches<std::pair<std::string_view, int>>{{2000, {{"a", 1}}}, {4000, {{"a", 2}}}}));
}

BOOST_AUTO_TEST_CASE(a_batch_that_fails_leaves_no_trace) {
  test::composing composed;
  const auto in = composed.input<input_pair>();
  const auto sums = in.update_state_by_key([](std::span<const int> values, std::optional<std::int64_t> old) {
    if (!values.empty() && values.back() == 13)
      throw std::runtime_error{"no luck"};
    return sum(values, old);
  });
  test::collecting_sink<std::pair<std::string_view, std::int64_t>> out;
  test::lone_operator op{composed.graph().node(sums.ref().node), {&out}};
  const auto now = [&] {
    const auto records = out.take();
    return states(records.begin(), records.end());
  };
  op.receive<input_pair>(batch_time{1000}, {{"a", 1}, {"b", 2}});
  op.close(batch_time{1000});
  BOOST_TEST((now() == states{{"a", 1}, {"b", 2}}));
  op.receive<input_pair>(batch_time{2000}, {{"a", 1}, {"b", -2}, {"c", 3}, {"d", 13}});
  BOOST_CHECK_THROW(op.close(batch_time{2000}), std::runtime_error);
  op.skip(batch_time{2000}, presence::failed);
  BOOST_TEST(op.effects.changes.back().content.empty());
  BOOST_TEST(now().empty());
  op.skip(batch_time{3000}, presence::none);
  BOOST_TEST((now() == states{{"a", 1}, {"b", 2}}));
  op.receive<input_pair>(batch_time{4000}, {{"a", 1}, {"c", 1}});
  op.close(batch_time{4000});
  BOOST_TEST((now() == states{{"a", 2}, {"b", 2}, {"c", 1}}));
  BOOST_TEST(op.effects.changes.size() == 4U);
  BOOST_TEST(op.effects.changes.back().content.at(0).count() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
