// SPDX-License-Identifier: BSD-3-Clause
//
// What a dataset does with all of its records together, compared with what maps and nested loops give.
#include <sluice/operators/dataset/rdd.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <boost/test/unit_test.hpp>

#include "../support/sample.hpp"

using namespace sluice;
using test::lists;
using test::lists_of;
using test::owned_scored;
using test::random_pairs;
using test::random_words;
using test::scored;

namespace {

using named = std::pair<std::string_view, std::string_view>;
using owned_named = std::pair<std::string, std::string>;
template <class V>
using keyed = std::pair<std::string, V>;

template <class T>
std::vector<T> sorted(std::vector<T> xs) {
  std::ranges::sort(xs);
  return xs;
}

/// The number of partitions a result is asked for, or none.
std::optional<std::uint32_t> random_partitions(std::mt19937_64& random) {
  const auto n = static_cast<std::uint32_t>(random() % 4);
  return n == 0 ? std::nullopt : std::optional{n};
}

/// Whether the result has the partitions it was asked for, and each key is in the partition a stream would give it.
template <class T, class Key>
bool lies_right(const rdd<T>& result, std::size_t partitions, Key key) {
  if (result.num_partitions() != partitions)
    return false;
  const auto by_partition = lists_of(result);
  for (std::uint32_t p = 0; p < partitions; ++p)
    for (const auto& x : by_partition[p])
      if (partition_of(hash_record(key(x)), static_cast<std::uint32_t>(partitions)) != p)
        return false;
  return true;
}

constexpr auto itself = [](const auto& x) { return x; };
constexpr auto first_of = [](const auto& x) { return x.first; };

struct two_samples {
  test::sample<scored> left;
  test::sample<named> right;
};

two_samples random_two(std::mt19937_64& random, std::size_t partitions) {
  auto left = random_pairs(random, partitions);
  auto right = test::random_sample<named>(
      random, random() % 4, [](auto& r) { return owned_named{test::random_text(r), test::random_text(r)}; });
  return {std::move(left), std::move(right)};
}

bool has_key(const auto& pairs, const std::string& key) {
  return std::ranges::any_of(pairs, [&](const auto& x) { return x.first == key; });
}

template <class Out>
std::vector<keyed<Out>> inner_pairs(const two_samples& in) {
  std::vector<keyed<Out>> result;
  for (const auto& [key, v] : in.left.all())
    for (const auto& [other, w] : in.right.all())
      if (key == other)
        result.emplace_back(key, Out{v, w});
  return result;
}

/// Compares `connect(left, right, partitions)` with `expect(samples)`.
template <class Connect, class Expect>
void compare_two(Connect connect, Expect expect) {
  test::with_random_shapes([&](auto& random, std::size_t partitions) {
    const auto in = random_two(random, partitions);
    const auto asked = random_partitions(random);
    const auto result = connect(in.left.data, in.right.data, asked);
    BOOST_REQUIRE((sorted(result.collect()) == sorted(expect(in))));
    BOOST_REQUIRE(lies_right(result, asked.value_or(std::max(partitions, in.right.by_partition.size())), first_of));
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(rdd_wide_suite)

BOOST_AUTO_TEST_CASE(distinct_has_every_value_once) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto in = random_words(random, partitions);
    const auto asked = random_partitions(random);
    const auto result = in.data.distinct(asked);
    const auto all = in.all();
    const std::set<std::string> expected(all.begin(), all.end());
    BOOST_REQUIRE((sorted(result.collect()) == std::vector<std::string>(expected.begin(), expected.end())));
    BOOST_REQUIRE(lies_right(result, asked.value_or(partitions), itself));
    const auto pairs = random_pairs(random, partitions);
    const auto all_pairs = pairs.all();
    const std::set<owned_scored> expected_pairs(all_pairs.begin(), all_pairs.end());
    BOOST_REQUIRE((sorted(pairs.data.distinct().collect())
                   == std::vector<owned_scored>(expected_pairs.begin(), expected_pairs.end())));
  });
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST((rdd<double>::of({nan, nan, 0.0, -0.0}).distinct().count() == 2U));
}

BOOST_AUTO_TEST_CASE(count_by_value_and_count_by_key_count) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto in = random_pairs(random, partitions);
    const auto asked = random_partitions(random);
    std::map<owned_scored, std::int64_t> values;
    std::map<std::string, std::int64_t> keys;
    for (const auto& x : in.all()) {
      ++values[x];
      ++keys[x.first];
    }
    const auto by_value = in.data.count_by_value(asked);
    BOOST_REQUIRE((sorted(by_value.collect())
                   == std::vector<std::pair<owned_scored, std::int64_t>>(values.begin(), values.end())));
    BOOST_REQUIRE(lies_right(by_value, asked.value_or(partitions), first_of));
    const auto by_key = in.data.count_by_key(asked);
    BOOST_REQUIRE((sorted(by_key.collect()) == std::vector<keyed<std::int64_t>>(keys.begin(), keys.end())));
    BOOST_REQUIRE(lies_right(by_key, asked.value_or(partitions), first_of));
  });
}

BOOST_AUTO_TEST_CASE(repartition_keeps_the_order_and_evens_the_sizes) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto in = random_words(random, partitions);
    const auto n = 1 + static_cast<std::uint32_t>(random() % 5);
    const auto result = lists_of(in.data.repartition(n));
    BOOST_REQUIRE(result.size() == n);
    BOOST_REQUIRE((test::joined(result) == in.all()));
    for (const auto& records : result)
      BOOST_REQUIRE(records.size() - in.all().size() / n <= 1);
  });
  BOOST_CHECK_THROW(rdd<int>::of({1}).repartition(0), usage_error);
}

BOOST_AUTO_TEST_CASE(sort_by_sorts_through_all_partitions) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto in = random_pairs(random, partitions);
    const auto asked = random_partitions(random);
    const bool ascending = random() % 2 == 0;
    const auto result = lists_of(in.data.sort_by([](const scored& x) { return x.second; }, ascending, asked));
    auto expected = in.all();
    std::ranges::stable_sort(expected, [&](int a, int b) { return ascending ? a < b : b < a; }, &owned_scored::second);
    BOOST_REQUIRE((test::joined(result) == expected));
    BOOST_REQUIRE(result.size() == asked.value_or(partitions));
    std::set<int> seen;
    for (const auto& records : result) {
      std::set<int> here;
      for (const auto& x : records)
        here.insert(x.second);
      for (const auto key : here)
        BOOST_REQUIRE_MESSAGE(seen.insert(key).second, "two partitions have records of key " << key);
    }
  });
  const auto evenly = rdd<int>::of({6, 5, 4, 3, 2, 1}).sort_by(itself, true, 3);
  BOOST_TEST((lists_of(evenly) == lists<int>{{1, 2}, {3, 4}, {5, 6}}));
  const auto all_equal = rdd<int>::of({1, 1, 1, 1}).sort_by(itself, true, 2);
  BOOST_TEST((lists_of(all_equal) == lists<int>{{1, 1, 1, 1}, {}}));
}

BOOST_AUTO_TEST_CASE(sort_by_takes_any_key_that_can_be_compared) {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const auto numbers = rdd<double>::of({nan, 2, nan, 1}).sort_by(itself).collect();
  BOOST_TEST((numbers[0] == 1 && numbers[1] == 2 && std::isnan(numbers[2]) && std::isnan(numbers[3])));
  BOOST_TEST((rdd<std::string>::of({"bb", "a", "ccc"})
                  .sort_by([](const std::string& x) -> const std::string& { return x; }, false)
                  .collect()
              == std::vector<std::string>{"ccc", "bb", "a"}));
  struct backwards { // no record
    explicit backwards(int x) : x_{x} {}
    bool operator<(const backwards& other) const { return other.x_ < x_; }

  private:
    int x_;
  };
  BOOST_TEST((rdd<int>::of({1, 3, 2}).sort_by([](int x) { return backwards{x}; }).collect() == std::vector{3, 2, 1}));
  BOOST_TEST((rdd<bool>::of({true, false, true}).sort_by(itself).collect() == std::vector{false, true, true}));
}

BOOST_AUTO_TEST_CASE(partition_by_brings_equal_keys_together_and_keeps_their_order) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto in = random_pairs(random, partitions);
    const auto n = 1 + static_cast<std::uint32_t>(random() % 4);
    const auto result = in.data.partition_by(n);
    BOOST_REQUIRE(lies_right(result, n, first_of));
    auto expected = in.all();
    std::ranges::stable_sort(expected, {}, &owned_scored::first);
    auto found = result.collect();
    std::ranges::stable_sort(found, {}, &owned_scored::first);
    BOOST_REQUIRE((found == expected));
  });
}

BOOST_AUTO_TEST_CASE(group_by_key_gives_all_values_of_a_key_in_order) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto in = random_two(random, partitions);
    const auto asked = random_partitions(random);
    std::map<std::string, std::vector<std::string>> names;
    for (const auto& [key, w] : in.right.all())
      names[key].push_back(w);
    const auto result = in.right.data.group_by_key(asked);
    BOOST_REQUIRE(
        (sorted(result.collect()) == std::vector<keyed<std::vector<std::string>>>(names.begin(), names.end())));
    BOOST_REQUIRE(lies_right(result, asked.value_or(in.right.by_partition.size()), first_of));
  });
  const auto flags = rdd<std::pair<int, bool>>::of({{1, true}, {2, false}, {1, false}}).group_by_key();
  BOOST_TEST((flags.collect() == std::vector<std::pair<int, std::vector<bool>>>{{1, {true, false}}, {2, {false}}}));
}

BOOST_AUTO_TEST_CASE(reduce_by_key_reduces_the_values_of_a_key) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto in = random_two(random, partitions);
    const auto asked = random_partitions(random);
    std::map<std::string, int> sums;
    for (const auto& [key, n] : in.left.all())
      sums[key] += n;
    const auto result = in.left.data.reduce_by_key(std::plus<>{}, asked);
    BOOST_REQUIRE((sorted(result.collect()) == std::vector<owned_scored>(sums.begin(), sums.end())));
    BOOST_REQUIRE(lies_right(result, asked.value_or(partitions), first_of));
    // A function that returns one of the views it was given.
    std::map<std::string, std::string> largest;
    for (const auto& [key, w] : in.right.all())
      largest[key] = std::max(largest[key], w);
    const auto larger = [](std::string_view a, std::string_view b) { return std::max(a, b); };
    BOOST_REQUIRE((sorted(in.right.data.reduce_by_key(larger).collect())
                   == std::vector<owned_named>(largest.begin(), largest.end())));
  });
}

BOOST_AUTO_TEST_CASE(cogroup_gives_all_values_of_both_sides_for_each_key_of_either) {
  using groups = std::pair<std::vector<int>, std::vector<std::string>>;
  compare_two([](const auto& l, const auto& r, auto n) { return l.cogroup(r, n); },
              [](const two_samples& in) {
                std::map<std::string, groups> by_key;
                for (const auto& [key, v] : in.left.all())
                  by_key[key].first.push_back(v);
                for (const auto& [key, w] : in.right.all())
                  by_key[key].second.push_back(w);
                return std::vector<keyed<groups>>(by_key.begin(), by_key.end());
              });
}

BOOST_AUTO_TEST_CASE(a_join_pairs_all_values_of_equal_keys) {
  compare_two([](const auto& l, const auto& r, auto n) { return l.join(r, n); },
              [](const two_samples& in) { return inner_pairs<std::pair<int, std::string>>(in); });
  const auto one = rdd<std::pair<int, bool>>::of({{1, true}, {2, false}});
  using pairs = std::vector<std::pair<int, std::pair<bool, bool>>>;
  BOOST_TEST((one.join(one).collect() == pairs{{1, {true, true}}, {2, {false, false}}}));
}

BOOST_AUTO_TEST_CASE(a_left_outer_join_keeps_the_left_values_without_partner) {
  compare_two([](const auto& l, const auto& r, auto n) { return l.left_outer_join(r, n); },
              [](const two_samples& in) {
                auto result = inner_pairs<std::pair<int, std::optional<std::string>>>(in);
                for (const auto& [key, v] : in.left.all())
                  if (!has_key(in.right.all(), key))
                    result.push_back({key, {v, std::nullopt}});
                return result;
              });
}

BOOST_AUTO_TEST_CASE(a_right_outer_join_keeps_the_right_values_without_partner) {
  compare_two([](const auto& l, const auto& r, auto n) { return l.right_outer_join(r, n); },
              [](const two_samples& in) {
                auto result = inner_pairs<std::pair<std::optional<int>, std::string>>(in);
                for (const auto& [key, w] : in.right.all())
                  if (!has_key(in.left.all(), key))
                    result.push_back({key, {std::nullopt, w}});
                return result;
              });
}

BOOST_AUTO_TEST_CASE(a_full_outer_join_keeps_both) {
  compare_two([](const auto& l, const auto& r, auto n) { return l.full_outer_join(r, n); },
              [](const two_samples& in) {
                auto result = inner_pairs<std::pair<std::optional<int>, std::optional<std::string>>>(in);
                for (const auto& [key, v] : in.left.all())
                  if (!has_key(in.right.all(), key))
                    result.push_back({key, {v, std::nullopt}});
                for (const auto& [key, w] : in.right.all())
                  if (!has_key(in.left.all(), key))
                    result.push_back({key, {std::nullopt, w}});
                return result;
              });
}

BOOST_AUTO_TEST_CASE(subtract_by_key_keeps_the_pairs_whose_key_is_not_there) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    auto in = random_two(random, partitions);
    // A few keys of many, or hardly anything would be left.
    for (auto& records : in.right.by_partition)
      records.resize(std::min<std::size_t>(records.size(), 3));
    const auto right = test::encode<named>(in.right.by_partition, random);
    const auto asked = random_partitions(random);
    std::vector<owned_scored> expected;
    for (const auto& x : in.left.all())
      if (!has_key(in.right.all(), x.first))
        expected.push_back(x);
    const auto result = in.left.data.subtract_by_key(right, asked);
    BOOST_REQUIRE((sorted(result.collect()) == sorted(expected)));
    BOOST_REQUIRE(lies_right(result, asked.value_or(partitions), first_of));
  });
}

BOOST_AUTO_TEST_CASE(no_result_can_have_0_partitions_by_wish) {
  const auto in = rdd<std::pair<int, int>>::of({{1, 2}});
  BOOST_CHECK_THROW(in.distinct(0), usage_error);
  BOOST_CHECK_THROW(in.sort_by(itself, true, 0), usage_error);
  BOOST_CHECK_THROW(in.partition_by(0), usage_error);
  BOOST_CHECK_THROW(in.group_by_key(0), usage_error);
  BOOST_CHECK_THROW(in.join(in, 0), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()
