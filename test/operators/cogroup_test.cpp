// SPDX-License-Identifier: BSD-3-Clause
//
// Grouping and joining, compared with what nested loops over whole lists give.
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using test::pipeline;

namespace {

using number = std::pair<std::string_view, int>;
using name = std::pair<std::string_view, std::string_view>;
using owned_number = std::pair<std::string, int>;
using owned_name = std::pair<std::string, std::string>;
template <class V>
using keyed = std::pair<std::string, V>;

/// Random pairs, with keys short and long.
template <class V, class MakeValue>
std::vector<keyed<V>> random_pairs(std::mt19937_64& random, std::size_t n, MakeValue make) {
  std::vector<keyed<V>> result;
  for (std::size_t i = 0; i < n; ++i) {
    const auto key = random() % 12;
    result.emplace_back(std::string(key * 3, 'k') + std::to_string(key), make(random()));
  }
  return result;
}

template <class T>
std::vector<T> sorted(std::vector<T> xs) {
  std::ranges::sort(xs);
  return xs;
}

template <class View, class Owned>
std::vector<View> views(const std::vector<Owned>& xs) {
  std::vector<View> result;
  for (const auto& x : xs)
    result.push_back(to_view<View>(x));
  return result;
}

struct streams {
  std::vector<owned_number> left;
  std::vector<owned_name> right;
};

streams random_streams(std::mt19937_64& random) {
  constexpr std::array<std::size_t, 4> sizes{0, 1, 20, 60};
  return {random_pairs<int>(random, sizes[random() % 4], [](std::uint64_t x) { return static_cast<int>(x % 5); }),
          random_pairs<std::string>(random, sizes[random() % 4],
                                    [](std::uint64_t x) { return std::string(x % 25, 'v') + std::to_string(x % 3); })};
}

bool has_key(const auto& pairs, const std::string& key) {
  return std::ranges::any_of(pairs, [&](const auto& x) { return x.first == key; });
}

template <class Out>
std::vector<keyed<Out>> inner_pairs(const streams& in) {
  std::vector<keyed<Out>> result;
  for (const auto& [key, v] : in.left)
    for (const auto& [other, w] : in.right)
      if (key == other)
        result.emplace_back(key, Out{v, w});
  return result;
}

/// Runs `connect(left, right)` over random batches and compares every batch with `expect(streams)`.
template <class Connect, class Expect>
void compare(Connect connect, Expect expect) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    std::mt19937_64 random{seed};
    test::composing program;
    const auto left = program.input<number>();
    const auto right = program.input<name>();
    const auto out = test::collect(connect(left, right));
    pipeline run{program, {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed, .block_records = 7}};
    std::map<std::int64_t, streams> fed;
    for (int n = 0; n < 4; ++n) {
      const auto in = random_streams(random);
      run.feed(left, 0, views<number>(in.left));
      run.feed(right, 1, views<name>(in.right));
      fed[run.cut().ms()] = in;
      run.run_some(random() % 10);
    }
    run.run();
    BOOST_REQUIRE(out->size() == fed.size());
    for (const auto& [t, records] : *out)
      BOOST_REQUIRE_MESSAGE(sorted(records) == sorted(expect(fed.at(t))), "seed " << seed << ", batch " << t);
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(cogroup_suite)

BOOST_AUTO_TEST_CASE(a_join_pairs_all_values_of_equal_keys) {
  compare([](const auto& l, const auto& r) { return l.join(r); },
          [](const streams& in) { return inner_pairs<std::pair<int, std::string>>(in); });
}

BOOST_AUTO_TEST_CASE(a_left_outer_join_keeps_the_left_values_without_partner) {
  compare([](const auto& l, const auto& r) { return l.left_outer_join(r); },
          [](const streams& in) {
            auto result = inner_pairs<std::pair<int, std::optional<std::string>>>(in);
            for (const auto& [key, v] : in.left)
              if (!has_key(in.right, key))
                result.push_back({key, {v, std::nullopt}});
            return result;
          });
}

BOOST_AUTO_TEST_CASE(a_right_outer_join_keeps_the_right_values_without_partner) {
  compare([](const auto& l, const auto& r) { return l.right_outer_join(r); },
          [](const streams& in) {
            auto result = inner_pairs<std::pair<std::optional<int>, std::string>>(in);
            for (const auto& [key, w] : in.right)
              if (!has_key(in.left, key))
                result.push_back({key, {std::nullopt, w}});
            return result;
          });
}

BOOST_AUTO_TEST_CASE(a_full_outer_join_keeps_both) {
  compare([](const auto& l, const auto& r) { return l.full_outer_join(r); },
          [](const streams& in) {
            auto result = inner_pairs<std::pair<std::optional<int>, std::optional<std::string>>>(in);
            for (const auto& [key, v] : in.left)
              if (!has_key(in.right, key))
                result.push_back({key, {v, std::nullopt}});
            for (const auto& [key, w] : in.right)
              if (!has_key(in.left, key))
                result.push_back({key, {std::nullopt, w}});
            return result;
          });
}

BOOST_AUTO_TEST_CASE(cogroup_gives_all_values_of_both_sides_for_each_key_of_either) {
  using groups = std::pair<std::vector<int>, std::vector<std::string>>;
  compare(
      [](const auto& l, const auto& r) {
        return l.cogroup(r).map_values([](const auto& x) {
          groups result{x.first, {x.second.begin(), x.second.end()}};
          std::ranges::sort(result.first);
          std::ranges::sort(result.second);
          return result;
        });
      },
      [](const streams& in) {
        std::map<std::string, groups> byKey;
        for (const auto& [key, v] : in.left)
          byKey[key].first.push_back(v);
        for (const auto& [key, w] : in.right)
          byKey[key].second.push_back(w);
        std::vector<keyed<groups>> result;
        for (auto& [key, found] : byKey)
          result.push_back({key, {sorted(found.first), sorted(found.second)}});
        return result;
      });
}

BOOST_AUTO_TEST_CASE(group_by_key_gives_all_values_of_a_key) {
  compare(
      [](const auto&, const auto& r) {
        return r.group_by_key().map_values([](const auto& xs) {
          std::vector<std::string> result(xs.begin(), xs.end());
          std::ranges::sort(result);
          return result;
        });
      },
      [](const streams& in) {
        std::map<std::string, std::vector<std::string>> byKey;
        for (const auto& [key, w] : in.right)
          byKey[key].push_back(w);
        std::vector<keyed<std::vector<std::string>>> result;
        for (auto& [key, values] : byKey)
          result.emplace_back(key, sorted(values));
        return result;
      });
}

BOOST_AUTO_TEST_CASE(partition_by_keeps_all_pairs) {
  compare([](const auto& l, const auto&) { return l.partition_by(3); }, [](const streams& in) { return in.left; });
}

BOOST_AUTO_TEST_CASE(flat_map_values_keeps_the_key_of_each_result) {
  compare([](const auto& l, const auto&) { return l.flat_map_values([](int n) { return std::vector<int>(n, n); }); },
          [](const streams& in) {
            std::vector<owned_number> result;
            for (const auto& [key, n] : in.left)
              for (int i = 0; i < n; ++i)
                result.emplace_back(key, n);
            return result;
          });
}

BOOST_AUTO_TEST_CASE(reduce_gives_one_record_a_batch_and_none_for_an_empty_one) {
  compare(
      [](const auto& l, const auto&) { return l.map([](const number& x) { return x.second; }).reduce(std::plus<>{}); },
      [](const streams& in) {
        std::vector<int> result;
        for (const auto& [key, n] : in.left)
          result.empty() ? result.push_back(n) : static_cast<void>(result[0] += n);
        return result;
      });
}

BOOST_AUTO_TEST_CASE(count_by_value_counts_every_value) {
  compare([](const auto&, const auto& r) { return r.map([](const name& x) { return x.first; }).count_by_value(); },
          [](const streams& in) {
            std::map<std::string, std::int64_t> counts;
            for (const auto& [key, w] : in.right)
              ++counts[key];
            return std::vector<keyed<std::int64_t>>(counts.begin(), counts.end());
          });
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_joined_with_itself) {
  test::composing program;
  const auto in = program.input<number>();
  const auto out = test::collect(in.join(in));
  pipeline run{program, {.partitions = 2, .block_records = 1}};
  run.feed(in, 0, std::vector<number>{{"a", 1}, {"a", 2}, {"b", 3}});
  const auto t = run.run_batch();
  using pairs = std::vector<keyed<std::pair<int, int>>>;
  BOOST_TEST(
      (sorted(out->at(t.ms())) == pairs{{"a", {1, 1}}, {"a", {1, 2}}, {"a", {2, 1}}, {"a", {2, 2}}, {"b", {3, 3}}}));
}

BOOST_AUTO_TEST_CASE(streams_of_two_programs_cannot_be_joined) {
  test::composing one;
  test::composing other;
  BOOST_CHECK_THROW(static_cast<void>(one.input<number>().join(other.input<number>())), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()
