// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/rdd.hpp>

#include <string>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::string_literals;

namespace {

template <record T>
rdd<T> dataset(const std::vector<std::vector<std::vector<T>>>& partitions) {
  typename rdd<T>::partitions content;
  for (const auto& blocks : partitions) {
    auto& to = content.emplace_back();
    for (const auto& records : blocks)
      to.push_back(make_batch<T>(records));
  }
  return rdd<T>{std::move(content)};
}

const auto five = dataset<std::string_view>({{{"a", "b"}, {"c"}}, {{}, {"d", "e"}}});

} // namespace

BOOST_AUTO_TEST_SUITE(rdd_suite)

BOOST_AUTO_TEST_CASE(an_empty_dataset_has_nothing) {
  const rdd<int> none;
  BOOST_TEST(none.is_empty());
  BOOST_TEST(none.count() == 0U);
  BOOST_TEST(none.num_partitions() == 0U);
  BOOST_TEST(none.collect().empty());
  BOOST_TEST(none.take(3).empty());
  none.for_each([](int) { BOOST_FAIL("called"); });
  none.for_each_partition([](std::span<const int>) { BOOST_FAIL("called"); });
}

BOOST_AUTO_TEST_CASE(records_come_partition_by_partition_in_order) {
  BOOST_TEST(five.count() == 5U);
  BOOST_TEST(five.num_partitions() == 2U);
  BOOST_TEST((five.collect() == std::vector{"a"s, "b"s, "c"s, "d"s, "e"s}));
  std::string all;
  five.for_each([&](std::string_view x) { all += x; });
  BOOST_TEST(all == "abcde");
  std::vector<std::string> by_partition;
  five.for_each_partition([&](std::span<const std::string_view> xs) {
    auto& joined = by_partition.emplace_back();
    for (const auto x : xs)
      joined += x;
  });
  BOOST_TEST((by_partition == std::vector{"abc"s, "de"s}));
}

BOOST_AUTO_TEST_CASE(take_gives_the_first_records_and_reads_no_more_than_it_needs) {
  BOOST_TEST(five.take(0).empty());
  BOOST_TEST((five.take(2) == std::vector{"a"s, "b"s}));
  BOOST_TEST((five.take(4) == std::vector{"a"s, "b"s, "c"s, "d"s}));
  BOOST_TEST(five.take(100).size() == 5U);
  // A batch of another type cannot be read, which shows who tries.
  const rdd<int> half_wrong{{{make_batch<int>(std::vector{1, 2}), make_batch<double>(std::vector{1.0})}}};
  BOOST_TEST(half_wrong.take(2).size() == 2U);
  BOOST_CHECK_THROW(half_wrong.take(3), runtime_failure);
  BOOST_CHECK_THROW(half_wrong.collect(), runtime_failure);
}

BOOST_AUTO_TEST_CASE(bools_and_owned_text_are_records_like_others) {
  const auto flags = dataset<bool>({{{true, false}}});
  std::size_t seen = 0;
  flags.for_each_partition([&](std::span<const bool> xs) {
    BOOST_TEST(xs[0]);
    BOOST_TEST(!xs[1]);
    seen += xs.size();
  });
  BOOST_TEST(seen == 2U);
  const auto text = "a text that is long enough to be on the heap"s;
  const auto owned = dataset<std::string>({{{text, text}}});
  owned.for_each_partition([&](std::span<const std::string> xs) {
    for (const auto& x : xs)
      BOOST_TEST(x == text);
  });
  BOOST_TEST((owned.collect() == std::vector{text, text}));
}

BOOST_AUTO_TEST_SUITE_END()
