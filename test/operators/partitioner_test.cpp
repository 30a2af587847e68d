// SPDX-License-Identifier: BSD-3-Clause
//
// Partitioners of the user's: where keys go, what is refused, and how state is found again.
#include <sluice/operators/shuffle/partitioner.hpp>

#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include <sluice/testkit/harness.hpp>
#include <sluice/testkit/mini_cluster.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::pipeline;

namespace {

using pair = std::pair<int, int>;
using placed = std::pair<std::uint64_t, int>; ///< a partition, and a key in it

/// Keys by their remainder.
auto by_remainder(std::uint32_t n) {
  return partitioner{"by remainder", n, [n](int key) { return key % static_cast<int>(n); }};
}

/// All keys to the last partition.
auto to_last(std::uint32_t n) {
  return partitioner{"to the last", n, [n](int) { return n - 1; }};
}

/// Where each key of a stream of pairs is.
template <class T>
dstream<placed> places_of(const dstream<T>& s) {
  return s.map_partitions_with_index([](std::size_t partition, std::span<const T> records) {
    std::vector<placed> result;
    for (const auto& x : records)
      result.emplace_back(partition, x.first);
    return result;
  });
}

std::optional<int> add_up(std::span<const int> values, std::optional<int> old) {
  return std::accumulate(values.begin(), values.end(), old.value_or(0));
}

pair add_to_state(const int& key, const std::optional<int>& value, state<int>& sum) {
  sum.update(sum.get_option().value_or(0) + value.value_or(0));
  return {key, sum.get()};
}

/// The places of the keys of every operator that brings keys together.
template <class By>
std::vector<dstream<placed>> all_places(const dstream<pair>& left, const dstream<pair>& right, const By& by) {
  const auto create = [](int x) { return static_cast<std::int64_t>(x); };
  return {places_of(left.partition_by(by)),
          places_of(left.group_by_key(by)),
          places_of(left.reduce_by_key(std::plus<>{}, by)),
          places_of(left.combine_by_key(create, std::plus<>{}, std::plus<>{}, by)),
          places_of(left.cogroup(right, by)),
          places_of(left.join(right, by)),
          places_of(left.left_outer_join(right, by)),
          places_of(left.right_outer_join(right, by)),
          places_of(left.full_outer_join(right, by)),
          places_of(left.reduce_by_key_and_window(std::plus<>{}, 2s, 1s, by)),
          places_of(left.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, 2s, 1s, by)),
          places_of(left.group_by_key_and_window(2s, 1s, by)),
          places_of(left.update_state_by_key(add_up, by)),
          places_of(left.map_with_state(state_spec<int>(add_to_state).partitioner(by)))};
}

template <class By>
void check_places(const By& by, const std::function<std::uint64_t(int)>& expected) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    test::composing program;
    const auto left = program.input<pair>();
    const auto right = program.input<pair>();
    std::vector<std::shared_ptr<test::batches<placed>>> found;
    for (const auto& places : all_places(left, right, by))
      found.push_back(test::collect(places));
    pipeline run{program, {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed, .block_records = 2}};
    for (auto n = 0; n < 2; ++n) {
      run.feed(left, 0, std::vector<pair>{{0, 1}, {1, 2}, {2, 3}, {5, 5}, {7, 6}, {7, 7}});
      run.feed(right, 1, std::vector<pair>{{7, 1}, {2, 2}, {1, 3}, {0, 3}, {5, 4}});
      run.cut();
    }
    run.run();
    for (const auto& places : found) {
      BOOST_REQUIRE_EQUAL(places->size(), 2U);
      for (const auto& [t, records] : *places) {
        std::set<int> keys;
        for (const auto& [partition, key] : records) {
          BOOST_TEST(partition == expected(key), "key " << key << " on partition " << partition);
          keys.insert(key);
        }
        BOOST_TEST((keys == std::set{0, 1, 2, 5, 7}));
      }
    }
  }
}

/// What a program says that sends keys to a partition that there is not.
template <class Compose>
std::string refusal_of(Compose compose) {
  test::composing program;
  const auto in = program.input<pair>();
  test::collect(compose(in));
  pipeline run{program, {.partitions = 2}};
  run.feed(in, 0, std::vector<pair>{{1, 1}, {3, 1}});
  try {
    run.run_batch();
  } catch (const operator_failure& e) {
    return e.what();
  }
  return "nothing";
}

std::string refusal_of_making(const std::function<void()>& make) {
  try {
    make();
  } catch (const usage_error& e) {
    return e.what();
  }
  return "nothing";
}

} // namespace

BOOST_AUTO_TEST_SUITE(partitioners)

BOOST_AUTO_TEST_CASE(every_operator_that_brings_keys_together_takes_one) {
  for (const std::uint32_t n : {1U, 2U, 3U}) {
    check_places(by_remainder(n), [n](int key) { return static_cast<std::uint64_t>(key) % n; });
    check_places(to_last(n), [n](int) { return n - 1; });
  }
}

BOOST_AUTO_TEST_CASE(numbers_of_partitions_and_hash_partitioners_are_the_same) {
  test::composing program;
  const auto in = program.input<pair>();
  const auto numbered = in.partition_by(3);
  const auto hashed = in.partition_by(hash_partitioner{3});
  const auto by_default = in.partition_by(hash_partitioner{});
  const auto found = test::collect(places_of(hashed));
  const auto expected = test::collect(places_of(numbered));
  BOOST_TEST((program.graph().node(by_default.ref().node).partitions == std::nullopt));
  pipeline run{program};
  std::vector<pair> records;
  for (auto key = 0; key < 50; ++key)
    records.emplace_back(key, 0);
  run.feed(in, 0, records);
  run.run_batch();
  BOOST_TEST((found->at(1000) == expected->at(1000)));
  std::set<std::uint64_t> partitions;
  for (const auto& [partition, key] : found->at(1000))
    partitions.insert(partition);
  BOOST_TEST(partitions.size() == 3U);
  BOOST_CHECK_THROW(in.partition_by(hash_partitioner{0}), usage_error);
}

BOOST_AUTO_TEST_CASE(both_sides_of_a_join_go_by_the_same_partitioner) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    test::composing program;
    const auto left = program.input<pair>();
    const auto right = program.input<pair>();
    // That a side is partitioned already, by another or by the same, does not matter.
    const auto out =
        test::collect(left.partition_by(to_last(3)).join(right.partition_by(by_remainder(3)), by_remainder(3)));
    pipeline run{program, {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed, .block_records = 1}};
    run.feed(left, 0, std::vector<pair>{{0, 1}, {1, 2}, {5, 3}});
    run.feed(right, 1, std::vector<pair>{{5, 10}, {1, 20}, {1, 30}, {2, 40}});
    const auto t = run.run_batch();
    auto found = out->at(t.ms());
    std::ranges::sort(found);
    using joined = std::vector<std::pair<int, pair>>;
    BOOST_TEST((found == joined{{1, {2, 20}}, {1, {2, 30}}, {5, {3, 10}}}));
  }
}

BOOST_AUTO_TEST_CASE(keys_may_be_views_and_results_any_integer) {
  test::composing program;
  using word = std::pair<std::string_view, int>;
  const auto in = program.input<word>();
  const auto long_ones = partitioner{"by length", 2, [](std::string_view key) { return key.size() > 16; }};
  const auto first = partitioner{"by letter", 26, [](std::string_view key) -> char { return key.at(0) - 'a'; }};
  const auto tag = [](std::size_t partition, std::span<const word> words) {
    std::vector<std::pair<std::string, std::uint64_t>> result;
    for (const auto& x : words)
      result.emplace_back(x.first, partition);
    return result;
  };
  const auto by_length = test::collect(in.reduce_by_key(std::plus<>{}, long_ones).map_partitions_with_index(tag));
  const auto by_letter = test::collect(in.partition_by(first).map_partitions_with_index(tag));
  pipeline run{program, {.partitions = 2}};
  const std::string text = "zz, which is not on the stack";
  run.feed(in, 0, std::vector<word>{{"be", 1}, {text, 1}, {text, 1}});
  run.run_batch();
  using places = std::map<std::string, std::uint64_t>;
  BOOST_TEST((places(by_length->at(1000).begin(), by_length->at(1000).end()) == places{{"be", 0}, {text, 1}}));
  BOOST_TEST((places(by_letter->at(1000).begin(), by_letter->at(1000).end()) == places{{"be", 1}, {text, 25}}));
}

BOOST_AUTO_TEST_CASE(a_partition_that_there_is_not_is_refused_with_operator_number_and_count) {
  const auto too_large = partitioner{"by key", 3, [](int key) { return key; }};
  const auto negative = partitioner{"by key", 2, [](int key) { return std::int64_t{1} - key; }};
  const auto huge = partitioner{"by key", 2, [](int) { return ~std::uint64_t{0}; }};
  BOOST_TEST(refusal_of([&](const auto& in) { return in.partition_by(too_large).named("spread"); })
             == "batch 1000 ms, partition 0: partition_by 'spread' failed in its partitioner: the partitioner 'by key' "
                "puts a key into partition 3 of 3; it must return a number in [0, 3); key: 3");
  BOOST_TEST(
      refusal_of([&](const auto& in) { return in.reduce_by_key(std::plus<>{}, negative); })
      == "batch 1000 ms, partition 0: reduce_by_key#1 failed in its partitioner: the partitioner 'by key' puts a "
         "key into partition -2 of 2; it must return a number in [0, 2); key: 3");
  BOOST_TEST(refusal_of([&](const auto& in) { return in.update_state_by_key(add_up, huge); })
             == "batch 1000 ms, partition 0: update_state_by_key#1 failed in its partitioner: the partitioner 'by key' "
                "puts a key into partition 18446744073709551615 of 2; it must return a number in [0, 2); key: 1");
}

BOOST_AUTO_TEST_CASE(a_partition_that_there_is_not_fails_the_batch_and_the_next_goes_on) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    test::composing program;
    const auto in = program.input<pair>();
    const auto by_key = partitioner{"by key", 3, [](int key) { return key; }};
    const auto spread = test::collect(in.partition_by(by_key));
    const auto sums = test::collect(in.reduce_by_key(std::plus<>{}, by_key));
    const auto totals = test::collect(in.update_state_by_key(add_up, by_key));
    pipeline run{program,
                 {.partitions = 1 + static_cast<std::uint32_t>(seed % 3),
                  .seed = seed,
                  .block_records = 1,
                  .on_error = error_policy::skip_batch}};
    const std::vector<std::vector<pair>> batches{{{1, 1}, {2, 1}}, {{1, 10}, {2, 10}, {3, 10}}, {{1, 100}, {2, 100}}};
    for (const auto& records : batches) {
      run.feed(in, 0, records);
      run.cut();
      run.run_some(seed);
    }
    run.run();
    const auto sorted = [](auto records) {
      std::ranges::sort(records);
      return records;
    };
    BOOST_TEST((!spread->contains(2000) && !sums->contains(2000) && !totals->contains(2000)));
    BOOST_TEST((sorted(spread->at(3000)) == std::vector<pair>{{1, 100}, {2, 100}}));
    BOOST_TEST((sorted(sums->at(3000)) == std::vector<pair>{{1, 100}, {2, 100}}));
    BOOST_TEST((sorted(totals->at(3000)) == std::vector<pair>{{1, 101}, {2, 101}}));
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_partitioner_is_refused) {
  const auto f = [](int key) { return key; };
  BOOST_TEST(refusal_of_making([&] { partitioner{"", 1, f}; }) == "a partitioner's name must have 1 to 200 bytes");
  BOOST_TEST(refusal_of_making([&] { partitioner{std::string(201, 'x'), 1, f}; })
             == "a partitioner's name must have 1 to 200 bytes");
  BOOST_TEST(refusal_of_making([&] { partitioner{"by key", 0, f}; })
             == "partitioner 'by key' must have at least one partition");
}

BOOST_AUTO_TEST_CASE(initial_states_go_by_the_partitioner) {
  for (const std::uint32_t n : {1U, 2U, 3U}) {
    test::composing program;
    const auto in = program.input<pair>();
    const std::vector<pair> initial{{0, 1}, {1, 10}, {2, 100}, {5, 1000}};
    const auto updated = in.update_state_by_key(add_up, by_remainder(n), initial);
    const auto spec = state_spec<int>(add_to_state).initial_state(initial).partitioner(by_remainder(n)).timeout(1h);
    const auto snapshots = in.map_with_state(spec).state_snapshots();
    const auto totals = test::collect(updated);
    const auto places = test::collect(places_of(updated));
    const auto mapped = test::collect(snapshots);
    const auto mapped_places = test::collect(places_of(snapshots));
    pipeline run{program};
    run.feed(in, 0, std::vector<pair>{{1, 1}, {5, 2}});
    run.run_batch();
    const std::map<int, int> expected{{0, 1}, {1, 11}, {2, 100}, {5, 1002}};
    BOOST_TEST((std::map(totals->at(1000).begin(), totals->at(1000).end()) == expected));
    BOOST_TEST((std::map(mapped->at(1000).begin(), mapped->at(1000).end()) == expected));
    for (const auto& all : {places->at(1000), mapped_places->at(1000)})
      for (const auto& [partition, key] : all)
        BOOST_TEST(partition == static_cast<std::uint64_t>(key) % n);
  }
}

BOOST_AUTO_TEST_CASE(an_initial_state_without_a_partition_is_refused_where_it_is_composed) {
  test::composing program;
  const auto in = program.input<pair>();
  const auto by_key = partitioner{"by key", 2, [](int key) { return key; }};
  BOOST_TEST(refusal_of_making([&] { in.update_state_by_key(add_up, by_key, std::vector<pair>{{0, 1}, {2, 1}}); })
             == "update_state_by_key: the partitioner 'by key' puts a key into partition 2 of 2; it must return a "
                "number in [0, 2)");
}

BOOST_AUTO_TEST_CASE(the_last_said_of_number_and_partitioner_counts) {
  test::composing program;
  const auto in = program.input<pair>();
  const auto spec = state_spec<int>(add_to_state).timeout(1s);
  const auto node = [&](const auto& s) { return program.graph().node(in.map_with_state(s).ref().node); };
  const auto by_number = node(spec.partitioner(by_remainder(2)).num_partitions(5));
  BOOST_TEST(*by_number.partitions == 5U);
  BOOST_TEST(by_number.partitioners.empty());
  const auto by_function = node(spec.num_partitions(5).partitioner(by_remainder(2)));
  BOOST_TEST(*by_function.partitions == 2U);
  BOOST_TEST((by_function.partitioners == std::set<std::string>{"by remainder"}));
}

BOOST_AUTO_TEST_CASE(a_program_and_its_states_are_described_with_their_partitioners) {
  test::composing program;
  const auto in = program.input<pair>();
  const auto spread = in.partition_by(by_remainder(2));
  const auto graph_node = [&](const auto& s) { return program.graph().node(s.ref().node); };
  const auto mapped = spread.map([](const pair& x) { return x; });
  BOOST_TEST(graph_node(mapped.window(2s)).state_schema == "window of (i32,i32) partitioned by 'by remainder'");
  const auto both = mapped.union_with(in.partition_by(to_last(2)));
  BOOST_TEST(graph_node(both.window(2s)).state_schema
             == "window of (i32,i32) partitioned by 'by remainder', 'to the last'");
  BOOST_TEST(graph_node(mapped.partition_by().window(2s)).state_schema == "window of (i32,i32)");
  BOOST_TEST(graph_node(in.update_state_by_key(add_up, to_last(2))).state_schema
             == "(i32,i32) partitioned by 'to the last'");
  BOOST_TEST(graph_node(in.reduce_by_key_and_window(std::plus<>{}, 2s, 2s, to_last(2))).state_schema
             == "window of (i32,i32) partitioned by 'to the last'");
  BOOST_TEST(program.graph().describe().find("partition_by#1: partition_by <# test_stream#0 -> (i32,i32) on 2 by 'by "
                                             "remainder'\nmap#2: map <- partition_by#1 -> (i32,i32)\n")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(states_and_windows_are_restored_to_their_partitions) {
  const auto compose = [](testkit::composing& c) {
    const auto in = c.input<pair>("in");
    const auto by = by_remainder(3);
    c.output(in.update_state_by_key(add_up, by).named("totals"), "totals");
    c.output(in.map_with_state(state_spec<int>(add_to_state).partitioner(by)), "mapped");
    c.output(in.reduce_by_key_and_window(std::plus<>{}, 3s, 1s, by), "sums");
    c.output(in.group_by_key_and_window(3s, 1s, by).map_values([](const std::vector<int>& x) {
      return static_cast<int>(x.size());
    }),
             "groups");
  };
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    testkit::harness run{compose, {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed}};
    run.feed<pair>("in", {{1, 1}, {2, 2}, {3, 3}, {4, 4}});
    run.advance();
    run.crash();
    run.recover();
    run.feed<pair>("in", {{1, 10}, {4, 40}});
    run.advance();
    const auto found = [&run](const std::string& name) {
      const auto records = run.output<pair>(name, 2).value();
      std::map<int, int> result(records.begin(), records.end());
      BOOST_REQUIRE_EQUAL(result.size(), records.size());
      return result;
    };
    BOOST_TEST((found("totals") == std::map<int, int>{{1, 11}, {2, 2}, {3, 3}, {4, 44}}));
    BOOST_TEST((found("mapped") == std::map<int, int>{{1, 11}, {4, 44}}));
    BOOST_TEST((found("sums") == std::map<int, int>{{1, 11}, {2, 2}, {3, 3}, {4, 44}}));
    BOOST_TEST((found("groups") == std::map<int, int>{{1, 2}, {2, 1}, {3, 1}, {4, 2}}));
  }
}

BOOST_AUTO_TEST_CASE(a_state_is_refused_to_another_partitioner) {
  enum class by { hash, remainder, last };
  auto how = by::remainder;
  const auto compose = [&how](testkit::composing& c) {
    const auto in = c.input<pair>("in");
    const auto out = [&](const auto& x) { c.output(in.update_state_by_key(add_up, x).named("totals"), "totals"); };
    switch (how) {
      case by::hash: return out(2);
      case by::remainder: return out(by_remainder(2));
      case by::last: return out(to_last(2));
    }
  };
  testkit::mini_cluster run{compose, 2};
  run.feed<pair>("in", {{1, 1}, {2, 2}});
  run.advance();
  run.crash();
  for (const auto other : {by::hash, by::last}) {
    how = other;
    BOOST_CHECK_EXCEPTION(run.recover(), runtime_failure, [](const runtime_failure& e) {
      const std::string_view why = e.what();
      return why.find("'totals'") != std::string_view::npos
             && why.find("(i32,i32) partitioned by 'by remainder'") != std::string_view::npos;
    });
    run.crash();
  }
  how = by::remainder;
  run.recover();
  run.feed<pair>("in", {{1, 10}});
  run.advance();
  BOOST_TEST((run.state<int, int>("totals") == std::map<int, int>{{1, 11}, {2, 2}}));
}

BOOST_AUTO_TEST_CASE(datasets_take_partitioners_too) {
  const auto data = rdd<pair>::of({{0, 1}, {1, 2}, {4, 3}, {4, 4}, {5, 5}}, 2);
  const auto check = [](const auto& result, const std::set<int>& keys) {
    std::set<int> found;
    BOOST_TEST(result.num_partitions() == 3U);
    const auto places = result.map_partitions_with_index([](std::size_t partition, auto records) {
      std::vector<placed> all;
      for (const auto& x : records)
        all.emplace_back(partition, x.first);
      return all;
    });
    for (const auto& [partition, key] : places.collect()) {
      BOOST_TEST(partition == static_cast<std::uint64_t>(key) % 3);
      found.insert(key);
    }
    BOOST_TEST((found == keys));
  };
  const auto by = by_remainder(3);
  const std::set<int> all{0, 1, 4, 5};
  check(data.partition_by(by), all);
  check(data.group_by_key(by), all);
  check(data.reduce_by_key(std::plus<>{}, by), all);
  check(data.count_by_key(by), all);
  check(data.cogroup(data, by), all);
  check(data.join(data, by), all);
  check(data.left_outer_join(data, by), all);
  check(data.right_outer_join(data, by), all);
  check(data.full_outer_join(data, by), all);
  check(data.subtract_by_key(rdd<pair>::of({{4, 0}}), by), {0, 1, 5});
  BOOST_TEST(refusal_of_making([&] { data.join(data, partitioner{"by key", 4, [](int key) { return key; }}); })
             == "rdd.join: the partitioner 'by key' puts a key into partition 4 of 4; it must return a number in [0, "
                "4)");
}

BOOST_AUTO_TEST_CASE(keys_spread_over_all_partitions) {
  for (const auto partitions : {1U, 2U, 3U, 7U, 64U}) {
    std::vector<std::size_t> sizes(partitions);
    for (auto n = 0; n < 64'000; ++n) {
      const auto p = partition_of(hash_record(std::to_string(n)), partitions);
      BOOST_REQUIRE_LT(p, partitions);
      ++sizes[p];
    }
    const auto fair = 64'000.0 / partitions;
    BOOST_TEST(static_cast<double>(std::ranges::min(sizes)) > 0.8 * fair);
    BOOST_TEST(static_cast<double>(std::ranges::max(sizes)) < 1.2 * fair);
  }
  BOOST_TEST(partition_of(~std::uint64_t{0}, 3) == 2U);
  BOOST_TEST(partition_of(0, 3) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
