// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/keyed_table.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

/// Text of every length around the limits of a short text, with zeros in it and around it.
std::string random_text(std::mt19937_64& random, std::size_t longest) {
  std::string result(random() % (longest + 1), '\0');
  for (auto& c : result)
    c = static_cast<char>(random() % 3);
  return result;
}

/// Adds 1 to a key's value.
template <class K>
void count(keyed_table<K, int>& table, const K& key) {
  table.upsert(keyed_table<K, int>::make_probe(key), [] { return 1; }, [](int& n) { ++n; });
}

/// Lets random keys be counted by a table and by a map, over several batches of different sizes.
template <class K, class Make>
void compare_with_map(std::uint64_t seed, Make&& make_key) {
  std::mt19937_64 random{seed};
  keyed_table<K, int> table;
  for (const auto size : {0, 10, 60, 60, 60, 60, 700, 20'000, 3, 0, 100, 5'000}) {
    std::map<owned_t<K>, int> truth;
    std::vector<owned_t<K>> arrivals;
    for (auto n = 0; n < size; ++n) {
      const owned_t<K> key = make_key(random);
      BOOST_REQUIRE_EQUAL(table.contains(keyed_table<K, int>::make_probe(to_view<K>(key))), truth.contains(key));
      count<K>(table, to_view<K>(key));
      if (++truth[key] == 1)
        arrivals.push_back(key);
    }
    BOOST_REQUIRE_EQUAL(table.size(), truth.size());
    std::size_t visited = 0;
    table.for_each([&](const K& key, int n) {
      BOOST_REQUIRE(to_owned(key) == arrivals[visited++]);
      BOOST_REQUIRE_EQUAL(n, truth.at(to_owned(key)));
    });
    BOOST_REQUIRE_EQUAL(visited, truth.size());
    table.clear();
    BOOST_REQUIRE_EQUAL(table.size(), 0U);
    for (const auto& key : arrivals)
      BOOST_REQUIRE(!table.contains(keyed_table<K, int>::make_probe(to_view<K>(key))));
  }
}

using truth_values = std::tuple<std::true_type, std::false_type>;

} // namespace

BOOST_AUTO_TEST_SUITE(keyed_table_suite)

BOOST_AUTO_TEST_CASE(text_keys_are_kept_like_a_map_keeps_them) {
  compare_with_map<std::string_view>(1, [](auto& random) { return random_text(random, 40); });
  compare_with_map<std::string_view>(2, [](auto& random) { return std::to_string(random() % 30'000); });
  compare_with_map<std::string>(3, [](auto& random) { return random_text(random, 20); });
}

BOOST_AUTO_TEST_CASE(number_keys_are_kept_like_a_map_keeps_them) {
  compare_with_map<std::int64_t>(4, [](auto& random) { return static_cast<std::int64_t>(random() % 10'000) - 5'000; });
  compare_with_map<std::int64_t>(5, [](auto& random) { return static_cast<std::int64_t>(random()); });
  compare_with_map<bool>(6, [](auto& random) { return random() % 2 == 0; });
}

BOOST_AUTO_TEST_CASE(composite_keys_are_kept_like_a_map_keeps_them) {
  compare_with_map<std::pair<std::string_view, int>>(
      7, [](auto& random) { return std::pair{random_text(random, 18), static_cast<int>(random() % 4)}; });
  compare_with_map<std::tuple<std::vector<std::string_view>, bool>>(8, [](auto& random) {
    std::vector<std::string> texts(random() % 4);
    for (auto& x : texts)
      x = random_text(random, 3);
    return std::tuple{texts, random() % 2 == 0};
  });
}

BOOST_AUTO_TEST_CASE(texts_that_differ_in_length_only_are_different_keys) {
  keyed_table<std::string_view, int> table;
  const std::string zeros(40, '\0');
  for (std::size_t n = 0; n <= 40; ++n)
    count<std::string_view>(table, std::string_view{zeros}.substr(0, n));
  BOOST_TEST(table.size() == 41U);
  table.for_each([](std::string_view, std::uint64_t, int n) { BOOST_TEST(n == 1); });
}

BOOST_AUTO_TEST_CASE(keys_of_any_length_outlive_the_text_they_came_from) {
  keyed_table<std::string_view, int> table;
  for (std::size_t n = 0; n <= 40; ++n)
    count<std::string_view>(table, std::string(n, 'x'));
  // More than a page of long text, and one that needs a page of its own.
  count<std::string_view>(table, std::string(200'000, 'y'));
  for (auto n = 0; n < 2'000; ++n)
    count<std::string_view>(table, std::string(50, 'z') + std::to_string(n));
  std::size_t i = 0;
  table.for_each([&](std::string_view key, std::uint64_t, int) {
    if (i <= 40)
      BOOST_TEST(key == std::string(i, 'x'));
    else if (i == 41)
      BOOST_TEST(key.size() == 200'000U);
    else
      BOOST_TEST(key == std::string(50, 'z') + std::to_string(i - 42));
    ++i;
  });
}

BOOST_AUTO_TEST_CASE(zero_is_one_key_and_so_is_nan) {
  keyed_table<double, int> table;
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto key : {0.0, -0.0, nan, -nan, std::nan("7"), 1.0})
    count(table, key);
  BOOST_TEST(table.size() == 3U);
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_first_value_leaves_the_table_as_it_was) {
  keyed_table<int, int> table;
  const auto add = [&](int key, bool fail) {
    table.upsert(
        keyed_table<int, int>::make_probe(key), [&] { return fail ? throw std::runtime_error{"no value"} : key; },
        [](int&) {});
  };
  add(1, false);
  BOOST_CHECK_THROW(add(2, true), std::runtime_error);
  BOOST_TEST(table.size() == 1U);
  BOOST_TEST(!table.contains(table.make_probe(2)));
  add(2, false);
  BOOST_TEST(table.size() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(records_are_looked_up_together_as_they_are_one_by_one, Fetch, truth_values) {
  keyed_table<std::string_view, std::size_t> table;
  std::vector<std::string> texts;
  for (auto n = 0; n < 5'000; ++n)
    texts.push_back(std::to_string(n % 1'700) + (n % 3 == 0 ? " is a text too long for an entry" : ""));
  for (const auto size : {0U, 1U, 15U, 16U, 17U, 5'000U}) {
    std::size_t seen = 0;
    table.for_each_probe<Fetch::value>(
        std::span<const std::string>{texts}.first(size), [](const std::string& x) { return std::string_view{x}; },
        [&](const std::string& x, const auto& key) {
          BOOST_REQUIRE_EQUAL(x, texts[seen++]);
          const auto is_new = !table.contains(key);
          const auto place = table.place_of(key, [] { return std::size_t{0}; });
          BOOST_REQUIRE_EQUAL(is_new, place + 1 == table.size() && table.value_at(place) == 0);
          table.visit_key(place, [&x](std::string_view known) { BOOST_REQUIRE_EQUAL(known, x); });
          ++table.value_at(place);
        });
    BOOST_TEST(seen == size);
  }
}

BOOST_AUTO_TEST_CASE(a_moved_table_goes_on_in_its_new_place) {
  std::vector<keyed_table<std::string_view, int>> tables(1);
  for (auto n = 0; n < 3'000; ++n)
    count<std::string_view>(tables[0], std::string(20, 'a') + std::to_string(n));
  tables.reserve(10);
  for (auto n = 0; n < 3'000; ++n)
    count<std::string_view>(tables[0], std::string(20, 'a') + std::to_string(n));
  BOOST_TEST(tables[0].size() == 3'000U);
  tables[0].for_each([](std::string_view, std::uint64_t, int n) { BOOST_REQUIRE(n == 2); });
}

BOOST_AUTO_TEST_SUITE_END()
