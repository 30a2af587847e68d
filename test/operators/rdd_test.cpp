// SPDX-License-Identifier: BSD-3-Clause
//
// Making a dataset, going through it, and what it does with each record by itself.
#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/stage/emitter.hpp>

#include <algorithm>
#include <cctype>
#include <list>
#include <sstream>
#include <string>

#include <boost/test/unit_test.hpp>

#include <sluice/operators/record/split.hpp>

#include "../support/sample.hpp"

using namespace sluice;
using namespace std::string_literals;
using namespace std::string_view_literals;
using test::encode;
using test::lists;
using test::lists_of;
using test::owned_scored;
using test::scored;

namespace {

struct reading {
  std::string_view sensor;
  double value = 0;
};

std::string upper(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::toupper(c); });
  return result;
}

/// Runs `compute(data)` on random words and `expect(records of a partition)` on each list of them.
template <class Compute, class Expect>
void compare_words(Compute compute, Expect expect) {
  test::with_random_shapes([&](auto& random, std::size_t partitions) {
    const auto in = test::random_words(random, partitions);
    using result = decltype(expect(in.by_partition[0]));
    std::vector<result> expected;
    for (const auto& records : in.by_partition)
      expected.push_back(expect(records));
    BOOST_REQUIRE((lists_of(compute(in.data)) == expected));
  });
}

/// The same for pairs of text and number.
template <class Compute, class Expect>
void compare_pairs(Compute compute, Expect expect) {
  test::with_random_shapes([&](auto& random, std::size_t partitions) {
    const auto in = test::random_pairs(random, partitions);
    using result = decltype(expect(in.by_partition[0]));
    std::vector<result> expected;
    for (const auto& records : in.by_partition)
      expected.push_back(expect(records));
    BOOST_REQUIRE((lists_of(compute(in.data)) == expected));
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(rdd_suite)

BOOST_AUTO_TEST_CASE(an_empty_dataset_has_nothing) {
  const rdd<int> none;
  BOOST_TEST(none.is_empty());
  BOOST_TEST(none.count() == 0U);
  BOOST_TEST(none.num_partitions() == 0U);
  BOOST_TEST(none.content().empty());
  none.for_each([](int) { BOOST_FAIL("called"); });
  none.for_each_partition([](std::span<const int>) { BOOST_FAIL("called"); });
  BOOST_TEST(none.map([](int x) { return x; }).num_partitions() == 0U);
}

BOOST_AUTO_TEST_CASE(partitions_without_records_count) {
  const rdd<int> two{{{}, {make_batch<int>(std::vector{1})}, {batch{}}}};
  BOOST_TEST(two.num_partitions() == 3U);
  BOOST_TEST(two.count() == 1U);
  BOOST_TEST(!two.is_empty());
  BOOST_TEST((rdd<int>{{{}, {}}}.is_empty()));
  std::vector<std::size_t> sizes;
  two.for_each_partition([&](std::span<const int> xs) { sizes.push_back(xs.size()); });
  BOOST_TEST((sizes == std::vector<std::size_t>{0, 1, 0}));
  BOOST_TEST((two.map([](int x) { return x; }).num_partitions() == 3U));
}

BOOST_AUTO_TEST_CASE(records_come_partition_by_partition_in_order) {
  test::with_random_shapes([&](auto& random, std::size_t partitions) {
    const auto in = test::random_words(random, partitions);
    BOOST_REQUIRE(in.data.num_partitions() == partitions);
    BOOST_REQUIRE(in.data.count() == in.all().size());
    std::vector<std::string> seen;
    in.data.for_each([&](std::string_view x) { seen.emplace_back(x); });
    BOOST_REQUIRE((seen == in.all()));
    lists<std::string> by_partition;
    in.data.for_each_partition(
        [&](std::span<const std::string_view> xs) { by_partition.emplace_back(xs.begin(), xs.end()); });
    BOOST_REQUIRE((by_partition == in.by_partition));
  });
}

BOOST_AUTO_TEST_CASE(bools_and_owned_text_are_records_like_others) {
  const auto flags = rdd<bool>::of({true, false});
  std::size_t seen = 0;
  flags.for_each_partition([&](std::span<const bool> xs) {
    BOOST_TEST(xs[0]);
    BOOST_TEST(!xs[1]);
    seen += xs.size();
  });
  BOOST_TEST(seen == 2U);
  BOOST_TEST((flags.map([](bool x) { return !x; }).glom().collect() == lists<bool>{{false, true}}));
  const auto text = "a text that is long enough to be on the heap"s;
  const auto owned = rdd<std::string>::of({text, text});
  owned.for_each_partition([&](std::span<const std::string> xs) {
    for (const auto& x : xs)
      BOOST_TEST(x == text);
  });
  BOOST_TEST((owned.collect() == std::vector{text, text}));
}

BOOST_AUTO_TEST_CASE(a_range_is_cut_into_slices_as_parallelize_does_it) {
  BOOST_TEST((lists_of(rdd<int>::of({1, 2, 3, 4, 5}, 3)) == lists<int>{{1}, {2, 3}, {4, 5}}));
  BOOST_TEST((lists_of(rdd<int>::of({1, 2}, 3)) == lists<int>{{}, {1}, {2}}));
  BOOST_TEST((lists_of(rdd<int>::of({7})) == lists<int>{{7}}));
  BOOST_TEST((lists_of(rdd<int>::of({}, 2)) == lists<int>{{}, {}}));
  BOOST_CHECK_THROW(rdd<int>::of({1}, 0), usage_error);
  for (std::uint64_t size : {0ULL, 1ULL, 7ULL, 100ULL})
    for (std::uint32_t n : {1U, 2U, 3U, 8U})
      for (std::uint32_t i = 0; i <= n; ++i)
        BOOST_REQUIRE(detail::slice_begin(size, i, n) == i * size / n);
  BOOST_TEST(detail::slice_begin(std::uint64_t{1} << 62, 4'000'000'000, 4'000'000'000) == std::uint64_t{1} << 62);
}

BOOST_AUTO_TEST_CASE(any_range_of_what_becomes_a_record_can_be_made_a_dataset) {
  const std::vector words{"one"s, "two"s};
  BOOST_TEST((rdd<std::string_view>::of(words).collect() == words));
  BOOST_TEST((rdd<std::string>::of(std::list<const char*>{"one", "two"}).collect() == words));
  BOOST_TEST((rdd<bool>::of(std::vector{true, false, true}, 2).collect() == std::vector{true, false, true}));
  BOOST_TEST((rdd<double>::of(std::views::iota(0, 3)).collect() == std::vector{0.0, 1.0, 2.0}));
  std::istringstream in{"3 1 2"}; // can be read only once
  BOOST_TEST((lists_of(rdd<int>::of(std::views::istream<int>(in), 2)) == lists<int>{{3}, {1, 2}}));
  // What collect gives can be put in again, also where it is another type.
  const auto readings = rdd<reading>::of({{"a", 1.5}, {"b", 2.5}});
  const auto again = rdd<reading>::of(readings.collect());
  BOOST_TEST((again.collect() == std::vector{std::tuple{"a"s, 1.5}, std::tuple{"b"s, 2.5}}));
}

BOOST_AUTO_TEST_CASE(map_makes_one_record_of_each) {
  compare_words([](const auto& in) { return in.map(upper); },
                [](const auto& records) {
                  std::vector<std::string> result;
                  for (const auto& x : records)
                    result.push_back(upper(x));
                  return result;
                });
  // A view of the record may be returned.
  compare_words([](const auto& in) { return in.map([](std::string_view x) { return x.substr(x.size() / 2); }); },
                [](const auto& records) {
                  std::vector<std::string> result;
                  for (const auto& x : records)
                    result.push_back(x.substr(x.size() / 2));
                  return result;
                });
  // Also where the record owns its text, and for a pointer to a member.
  const auto text = "a text that is long enough to be on the heap"s;
  BOOST_TEST((rdd<std::string>::of({text}).map([](const std::string& x) { return std::string_view{x}; }).collect()
              == std::vector{text}));
  BOOST_TEST((rdd<reading>::of({{"a", 1.5}}).map(&reading::value).collect() == std::vector{1.5}));
}

BOOST_AUTO_TEST_CASE(flat_map_takes_what_is_in_the_range) {
  const auto letters = [](std::string_view x) {
    std::vector<std::string> result;
    for (const auto c : x)
      result.emplace_back(20, c);
    return result;
  };
  compare_words([&](const auto& in) { return in.flat_map(letters); },
                [&](const auto& records) {
                  std::vector<std::string> result;
                  for (const auto& x : records)
                    std::ranges::copy(letters(x), std::back_inserter(result));
                  return result;
                });
  BOOST_TEST((rdd<int>::of({2, 3}).flat_map([](int n) { return std::vector<bool>(n, n > 2); }).collect()
              == std::vector{false, false, true, true, true}));
  BOOST_TEST(
      (rdd<int>::of({1, 2}).flat_map([](int n) { return std::views::iota(0, n); }).collect() == std::vector{0, 0, 1}));
}

BOOST_AUTO_TEST_CASE(flat_map_takes_what_is_emitted) {
  compare_words([](const auto& in) { return in.flat_map(split('x')); },
                [](const auto& records) {
                  std::vector<std::string> result;
                  for (const auto& x : records)
                    if (const auto piece = x.substr(0, x.find('x')); !piece.empty())
                      result.push_back(piece);
                  return result;
                });
  compare_words(
      [](const auto& in) {
        return in.template flat_map<scored>([](std::string_view x, emitter<scored>& emit) {
          for (int i = 0; i < static_cast<int>(x.size()); ++i)
            emit({x, i});
        });
      },
      [](const auto& records) {
        std::vector<owned_scored> result;
        for (const auto& x : records)
          for (int i = 0; i < static_cast<int>(x.size()); ++i)
            result.emplace_back(x, i);
        return result;
      });
  // Views of records that own their text, and more than a chunk of them.
  const std::vector<std::string> texts(3'000, "a text that is long enough to be on the heap");
  const auto twice = [](const std::string& x, auto& emit) {
    emit(std::string_view{x});
    emit(std::string_view{x});
  };
  BOOST_TEST((rdd<std::string>::of(texts, 2).flat_map<std::string_view>(twice).distinct().collect()
              == std::vector{texts.front()}));
  BOOST_TEST((rdd<std::string>::of(texts, 2).flat_map<std::string_view>(twice).count() == 6'000U));
  const rdd<int> wrong{{{make_batch<double>(std::vector{1.0})}}};
  BOOST_CHECK_THROW(wrong.flat_map<int>([](int, auto&) {}), runtime_failure);
}

BOOST_AUTO_TEST_CASE(filter_keeps_what_the_function_accepts) {
  const auto is_long = [](std::string_view x) { return x.size() > 10; };
  compare_words([&](const auto& in) { return in.filter(is_long); },
                [&](const auto& records) {
                  std::vector<std::string> result;
                  std::ranges::copy_if(records, std::back_inserter(result), is_long);
                  return result;
                });
}

BOOST_AUTO_TEST_CASE(map_partitions_is_called_once_a_partition) {
  const auto last_and_size = [](std::span<const std::string_view> xs) {
    std::vector<std::pair<std::string_view, std::size_t>> result;
    result.emplace_back(xs.empty() ? "nothing" : xs.back(), xs.size());
    return result;
  };
  compare_words([&](const auto& in) { return in.map_partitions(last_and_size); },
                [](const auto& records) {
                  return std::vector{std::pair{records.empty() ? "nothing"s : records.back(), records.size()}};
                });
  BOOST_TEST((rdd<std::string_view>::of({"a", "b", "c"}, 2)
                  .map_partitions_with_index([](std::size_t i, std::span<const std::string_view> xs) {
                    std::vector<std::pair<std::size_t, std::string_view>> result;
                    for (const auto x : xs)
                      result.emplace_back(i, x);
                    return result;
                  })
                  .collect()
              == std::vector<std::pair<std::size_t, std::string>>{{0, "a"}, {1, "b"}, {1, "c"}}));
  // The range may be one of the records themselves.
  compare_words([](const auto& in) { return in.map_partitions([](auto xs) { return xs.first(xs.size() / 2); }); },
                [](const auto& records) {
                  return std::vector<std::string>(records.begin(), records.begin() + records.size() / 2);
                });
}

BOOST_AUTO_TEST_CASE(glom_makes_one_record_of_each_partition) {
  test::with_random_shapes([&](auto& random, std::size_t partitions) {
    const auto in = test::random_words(random, partitions);
    BOOST_REQUIRE(in.data.glom().num_partitions() == partitions);
    BOOST_REQUIRE((in.data.glom().collect() == in.by_partition));
  });
}

BOOST_AUTO_TEST_CASE(zip_with_index_counts_through_all_partitions) {
  test::with_random_shapes([&](auto& random, std::size_t partitions) {
    const auto in = test::random_words(random, partitions);
    lists<std::pair<std::string, std::int64_t>> expected;
    std::int64_t n = 0;
    for (const auto& records : in.by_partition) {
      auto& to = expected.emplace_back();
      for (const auto& x : records)
        to.emplace_back(x, n++);
    }
    BOOST_REQUIRE((lists_of(in.data.zip_with_index()) == expected));
  });
}

BOOST_AUTO_TEST_CASE(union_with_appends_the_partitions_of_the_other) {
  test::with_random_shapes([&](auto& random, std::size_t partitions) {
    const auto a = test::random_words(random, partitions);
    const auto b = test::random_words(random, random() % 3);
    auto expected = a.by_partition;
    expected.insert(expected.end(), b.by_partition.begin(), b.by_partition.end());
    BOOST_REQUIRE((lists_of(a.data.union_with(b.data)) == expected));
    BOOST_REQUIRE((lists_of(a.data) == a.by_partition));
  });
}

BOOST_AUTO_TEST_CASE(keys_and_values_take_pairs_apart) {
  compare_pairs([](const auto& in) { return in.keys(); },
                [](const auto& records) {
                  std::vector<std::string> result;
                  for (const auto& x : records)
                    result.push_back(x.first);
                  return result;
                });
  compare_pairs([](const auto& in) { return in.values(); },
                [](const auto& records) {
                  std::vector<int> result;
                  for (const auto& x : records)
                    result.push_back(x.second);
                  return result;
                });
}

BOOST_AUTO_TEST_CASE(map_values_and_flat_map_values_keep_the_key) {
  compare_pairs([](const auto& in) { return in.map_values([](int n) { return std::to_string(n); }); },
                [](const auto& records) {
                  std::vector<std::pair<std::string, std::string>> result;
                  for (const auto& [key, n] : records)
                    result.emplace_back(key, std::to_string(n));
                  return result;
                });
  compare_pairs(
      [](const auto& in) { return in.flat_map_values([](int n) { return std::views::iota(0, std::abs(n)); }); },
      [](const auto& records) {
        std::vector<owned_scored> result;
        for (const auto& [key, n] : records)
          for (int i = 0; i < std::abs(n); ++i)
            result.emplace_back(key, i);
        return result;
      });
}

BOOST_AUTO_TEST_CASE(operations_can_be_chained_on_values_that_nobody_holds) {
  const auto counts = rdd<std::string_view>::of({"to be or not", "to be"}, 2)
                          .flat_map(split(' '))
                          .map([](std::string_view w) { return std::pair{w, 1}; })
                          .reduce_by_key(std::plus<>{})
                          .filter([](const auto& x) { return x.second > 1; })
                          .sort_by([](const auto& x) { return x.first; });
  BOOST_TEST((counts.collect() == std::vector<owned_scored>{{"be", 2}, {"to", 2}}));
}

BOOST_AUTO_TEST_CASE(much_data_leaves_in_several_batches) {
  const auto large = rdd<int>::of(std::views::iota(0, 200'000), 2).map([](int x) { return std::int64_t{x}; });
  BOOST_TEST(large.content()[0].size() > 1U);
  for (const auto& partition : large.content())
    for (const auto& records : partition)
      BOOST_TEST(records.bytes().size() < 2 * send_bytes);
  BOOST_TEST(large.count() == 200'000U);
  BOOST_TEST(large.sum() == 200'000LL * 199'999 / 2);
}

BOOST_AUTO_TEST_CASE(what_a_function_throws_passes_through) {
  const auto fail = [](int) -> int { throw std::domain_error{"no"}; };
  BOOST_CHECK_THROW(rdd<int>::of({1}).map(fail), std::domain_error);
  BOOST_CHECK_THROW(rdd<int>::of({1}).for_each(fail), std::domain_error);
  const std::string huge(5 << 20, 'x');
  BOOST_CHECK_THROW(rdd<int>::of({1}).map([&](int) { return std::string_view{huge}; }), std::length_error);
}

BOOST_AUTO_TEST_SUITE_END()
