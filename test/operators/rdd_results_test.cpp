// SPDX-License-Identifier: BSD-3-Clause
//
// What a dataset comes down to: records of it, or one value made of all.
#include <sluice/operators/dataset/rdd.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <set>
#include <string>

#include <boost/test/unit_test.hpp>

#include "../support/sample.hpp"

using namespace sluice;
using namespace std::string_literals;
using test::owned_scored;
using test::random_numbers;
using test::random_pairs;
using test::random_words;
using test::scored;

namespace {

constexpr auto longer = [](std::string_view a, std::string_view b) { return b.size() > a.size() ? b : a; };
constexpr auto by_size = [](std::string_view a, std::string_view b) { return a.size() < b.size(); };

bool names_the_way_out(const runtime_failure& e) {
  return std::string_view{e.what()}.find("without records; ask is_empty() before") != std::string_view::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rdd_results_suite)

BOOST_AUTO_TEST_CASE(collect_gives_all_records_in_order) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto words = random_words(random, partitions);
    BOOST_REQUIRE((words.data.collect() == words.all()));
    const auto pairs = random_pairs(random, partitions);
    BOOST_REQUIRE((pairs.data.collect() == pairs.all()));
  });
  BOOST_TEST(rdd<int>{}.collect().empty());
}

BOOST_AUTO_TEST_CASE(take_gives_the_first_records_and_reads_no_more_than_it_needs) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto words = random_words(random, partitions);
    const auto all = words.all();
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}, all.size() / 2, all.size(), all.size() + 1}) {
      const auto expected = std::vector(all.begin(), all.begin() + std::min(n, all.size()));
      BOOST_REQUIRE((words.data.take(n) == expected));
    }
    if (!all.empty())
      BOOST_REQUIRE(words.data.first() == all.front());
    else
      BOOST_CHECK_EXCEPTION(words.data.first(), runtime_failure, names_the_way_out);
  });
  // A batch of another type cannot be read, which shows who tries.
  const rdd<int> half_wrong{{{make_batch<int>(std::vector{1, 2}), make_batch<double>(std::vector{1.0})}}};
  BOOST_TEST(half_wrong.take(2).size() == 2U);
  BOOST_TEST(half_wrong.first() == 1);
  BOOST_CHECK_THROW(half_wrong.take(3), runtime_failure);
  BOOST_CHECK_THROW(half_wrong.collect(), runtime_failure);
}

BOOST_AUTO_TEST_CASE(top_and_take_ordered_give_the_largest_and_the_smallest) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto pairs = random_pairs(random, partitions);
    auto ascending = pairs.all();
    std::ranges::sort(ascending);
    const auto size = ascending.size();
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}, size / 2, size, size + 5}) {
      const auto count = static_cast<std::ptrdiff_t>(std::min(n, size));
      BOOST_REQUIRE((pairs.data.take_ordered(n) == std::vector(ascending.begin(), ascending.begin() + count)));
      BOOST_REQUIRE((pairs.data.top(n) == std::vector(ascending.rbegin(), ascending.rbegin() + count)));
      BOOST_REQUIRE(
          (pairs.data.top(n, [](const scored& a, const scored& b) { return b < a; }) == pairs.data.take_ordered(n)));
      BOOST_REQUIRE((pairs.data.take_ordered(n, std::greater<>{}) == pairs.data.top(n)));
    }
  });
  constexpr auto everything = std::numeric_limits<std::size_t>::max();
  BOOST_TEST((rdd<bool>::of({true, false, true}).top(2) == std::vector{true, true}));
  BOOST_TEST((rdd<int>::of({3, 1, 2}, 2).top(everything) == std::vector{3, 2, 1}));
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST((rdd<double>::of({nan, 1, nan, -1}).take_ordered(2) == std::vector{-1.0, 1.0}));
}

BOOST_AUTO_TEST_CASE(min_and_max_give_the_first_of_the_smallest_and_largest) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto words = random_words(random, partitions);
    const auto all = words.all();
    if (all.empty()) {
      BOOST_CHECK_EXCEPTION(words.data.min(), runtime_failure, names_the_way_out);
      BOOST_CHECK_EXCEPTION(words.data.max(), runtime_failure, names_the_way_out);
      return;
    }
    BOOST_REQUIRE(words.data.min() == *std::ranges::min_element(all));
    BOOST_REQUIRE(words.data.max() == *std::ranges::max_element(all));
    BOOST_REQUIRE(words.data.min(by_size) == *std::ranges::min_element(all, by_size));
    BOOST_REQUIRE(words.data.max(by_size) == *std::ranges::max_element(all, by_size));
  });
  const auto letters = rdd<std::string_view>::of({"", "a", "b", ""}, 2);
  BOOST_TEST(letters.filter([](std::string_view x) { return !x.empty(); }).min(by_size) == "a");
  BOOST_TEST(letters.max(by_size) == "a");
}

BOOST_AUTO_TEST_CASE(sum_adds_numbers_of_any_width) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto numbers = random_numbers(random, partitions);
    const auto all = numbers.all();
    BOOST_REQUIRE(numbers.data.sum() == std::accumulate(all.begin(), all.end(), std::int64_t{0}));
    BOOST_REQUIRE(numbers.data.map([](int x) { return x / 4.0; }).sum()
                  == std::accumulate(all.begin(), all.end(), 0.0) / 4.0);
  });
  static_assert(std::same_as<decltype(rdd<std::int8_t>{}.sum()), std::int64_t>);
  static_assert(std::same_as<decltype(rdd<std::uint16_t>{}.sum()), std::uint64_t>);
  static_assert(std::same_as<decltype(rdd<float>{}.sum()), double>);
  BOOST_TEST(rdd<std::int8_t>::of(std::vector<std::int8_t>(100, 100)).sum() == 10'000);
  BOOST_TEST(rdd<std::uint8_t>::of(std::vector<std::uint8_t>(100, 255)).sum() == 25'500U);
  BOOST_TEST(rdd<bool>::of({true, false, true}).sum() == 2);
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  BOOST_TEST(rdd<std::int64_t>::of({most, 1}).sum() == std::numeric_limits<std::int64_t>::min());
  BOOST_TEST(rdd<double>{}.sum() == 0.0);
}

BOOST_AUTO_TEST_CASE(reduce_makes_one_record_of_all) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto numbers = random_numbers(random, partitions);
    const auto words = random_words(random, partitions);
    const auto all = numbers.all();
    if (all.empty())
      BOOST_CHECK_EXCEPTION(numbers.data.reduce(std::plus<>{}), runtime_failure, names_the_way_out);
    else
      BOOST_REQUIRE(numbers.data.reduce(std::plus<>{}) == std::accumulate(all.begin(), all.end(), 0));
    if (const auto texts = words.all(); !texts.empty()) {
      // A function may return a view that it was given, or text of its own.
      BOOST_REQUIRE(words.data.reduce(longer) == std::accumulate(texts.begin(), texts.end(), ""s, longer));
      const auto joined = [](std::string_view a, std::string_view b) { return std::string{a}.append(b); };
      BOOST_REQUIRE(words.data.reduce(joined) == std::accumulate(texts.begin(), texts.end(), ""s));
    }
  });
  using maybe = std::optional<int>;
  BOOST_TEST((rdd<maybe>::of({1, std::nullopt}).reduce([](maybe a, maybe b) { return a ? a : b; }) == maybe{1}));
}

BOOST_AUTO_TEST_CASE(fold_begins_with_zero_in_every_partition) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto numbers = random_numbers(random, partitions);
    const auto words = random_words(random, partitions);
    const auto all = numbers.all();
    const auto sum = std::accumulate(all.begin(), all.end(), 0);
    BOOST_REQUIRE(numbers.data.fold(0, std::plus<>{}) == sum);
    // Spark's is the same where zero is not neutral: once a partition, and once for the results.
    BOOST_REQUIRE(numbers.data.fold(10, std::plus<>{}) == sum + 10 * static_cast<int>(partitions + 1));
    const auto texts = words.all();
    BOOST_REQUIRE(words.data.fold("", longer) == std::accumulate(texts.begin(), texts.end(), ""s, longer));
  });
}

BOOST_AUTO_TEST_CASE(aggregate_makes_a_value_of_another_type) {
  test::with_random_shapes([](auto& random, std::size_t partitions) {
    const auto words = random_words(random, partitions);
    const auto all = words.all();
    const auto letters = [](int n, std::string_view x) { return n + static_cast<int>(x.size()); };
    int expected = 0;
    for (const auto& x : all)
      expected += static_cast<int>(x.size());
    BOOST_REQUIRE(words.data.aggregate(0, letters, std::plus<>{}) == expected);
    BOOST_REQUIRE(words.data.aggregate(1, letters, std::plus<>{}) == expected + static_cast<int>(partitions + 1));
    // A set is no record, and may be handed back as it came.
    using set = std::set<std::string>;
    const auto insert = [](set&& to, std::string_view x) -> set&& {
      to.emplace(x);
      return std::move(to);
    };
    const auto merge = [](set a, set b) {
      a.merge(b);
      return a;
    };
    BOOST_REQUIRE((words.data.aggregate(set{}, insert, merge) == set(all.begin(), all.end())));
  });
}

BOOST_AUTO_TEST_CASE(results_outlive_the_dataset) {
  const auto make = [] { return rdd<std::string_view>::of(std::vector{std::string(50, 'a'), std::string(50, 'b')}); };
  const auto b = std::string(50, 'b');
  BOOST_TEST(make().max() == b);
  BOOST_TEST(make().top(1).front() == b);
  BOOST_TEST(make().reduce([](std::string_view x, std::string_view y) { return std::max(x, y); }) == b);
  BOOST_TEST(make().first() == std::string(50, 'a'));
  BOOST_TEST(make().collect().back() == b);
}

BOOST_AUTO_TEST_SUITE_END()
