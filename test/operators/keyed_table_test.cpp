// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/keyed/keyed_table.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

/// Text of every length around the limits of a short text, with zeros in it and around it.
std::string some_text(std::mt19937_64& random, std::size_t longest) {
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

/// Of a table whose user fetches more than the table itself does.
struct fetch_something {
  void operator()(std::uint32_t) const {}
};
using ways_to_fetch = std::tuple<fetch_nothing, fetch_something>;

} // namespace

BOOST_AUTO_TEST_SUITE(keyed_table_suite)

BOOST_AUTO_TEST_CASE(text_keys_are_kept_like_a_map_keeps_them) {
  compare_with_map<std::string_view>(1, [](auto& random) { return some_text(random, 40); });
  compare_with_map<std::string_view>(2, [](auto& random) { return std::to_string(random() % 30'000); });
  compare_with_map<std::string>(3, [](auto& random) { return some_text(random, 20); });
}

BOOST_AUTO_TEST_CASE(number_keys_are_kept_like_a_map_keeps_them) {
  compare_with_map<std::int64_t>(4, [](auto& random) { return static_cast<std::int64_t>(random() % 10'000) - 5'000; });
  compare_with_map<std::int64_t>(5, [](auto& random) { return static_cast<std::int64_t>(random()); });
  compare_with_map<bool>(6, [](auto& random) { return random() % 2 == 0; });
}

BOOST_AUTO_TEST_CASE(composite_keys_are_kept_like_a_map_keeps_them) {
  compare_with_map<std::pair<std::string_view, int>>(
      7, [](auto& random) { return std::pair{some_text(random, 18), static_cast<int>(random() % 4)}; });
  compare_with_map<std::tuple<std::vector<std::string_view>, bool>>(8, [](auto& random) {
    std::vector<std::string> texts(random() % 4);
    for (auto& x : texts)
      x = some_text(random, 3);
    return std::tuple{texts, random() % 2 == 0};
  });
}

BOOST_AUTO_TEST_CASE(texts_that_differ_in_length_only_are_different_keys) {
  keyed_table<std::string_view, int> table;
  const std::string zeros(40, '\0');
  for (std::size_t n = 0; n <= 40; ++n)
    count<std::string_view>(table, std::string_view{zeros}.substr(0, n));
  BOOST_TEST(table.size() == 41U);
  table.for_each([](std::string_view, int n) { BOOST_TEST(n == 1); });
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
  table.for_each([&](std::string_view key, int) {
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

/// Looks up `keys` in pieces of these sizes, together and one by one, and compares what becomes of both tables: each
/// value is a list of the numbers of the records that had the key.
template <class Fetch, class K>
void compare_together_with_one_by_one(const std::vector<owned_t<K>>& keys, const std::vector<std::size_t>& pieces) {
  using numbers = std::vector<std::size_t>;
  struct numbered {
    K key;
    std::size_t number;
  };
  std::vector<numbered> records;
  for (const auto& key : keys)
    records.push_back({to_view<K>(key), records.size()});
  keyed_table<K, numbers> together;
  keyed_table<K, numbers> one_by_one;
  for (std::size_t begin = 0, piece = 0; begin < records.size(); ++piece) {
    const auto some = std::span<const numbered>{records}.subspan(begin).first(
        std::min(pieces[piece % pieces.size()], records.size() - begin));
    together.for_each_place(
        some, [](const numbered& x) -> const K& { return x.key; }, Fetch{},
        [](const numbered& x) { return numbers{x.number}; },
        [&](const numbered& x, std::uint32_t place, numbers& found, bool added) {
          BOOST_REQUIRE(&found == &together.value_at(place));
          together.visit_key(place, [&](const K& known) { BOOST_REQUIRE(equal_records(known, x.key)); });
          BOOST_REQUIRE_EQUAL(added, found.back() == x.number);
          if (!added)
            found.push_back(x.number);
        });
    for (const auto& x : some)
      one_by_one.upsert(
          keyed_table<K, numbers>::make_probe(x.key), [&] { return numbers{x.number}; },
          [&](numbers& found) { found.push_back(x.number); });
    begin += some.size();
    if (piece % 5 == 4) {
      together.clear();
      one_by_one.clear();
    }
    BOOST_REQUIRE_EQUAL(together.size(), one_by_one.size());
    for (std::uint32_t place = 0; place < together.size(); ++place) {
      BOOST_REQUIRE(together.value_at(place) == one_by_one.value_at(place));
      together.visit_key(place, [&](const K& a) {
        one_by_one.visit_key(place, [&](const K& b) { BOOST_REQUIRE(equal_records(a, b)); });
      });
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(records_are_looked_up_together_as_they_are_one_by_one, Fetch, ways_to_fetch) {
  for (const std::int64_t distinct : {1, 7, 200, 3'000, 100'000}) { // from nothing new to nearly all of it
    std::mt19937_64 random{static_cast<std::uint64_t>(distinct)};
    std::vector<std::int64_t> numbers;
    std::vector<std::string> texts;
    std::vector<std::pair<std::int64_t, std::string>> pairs;
    for (auto n = 0; n < 8'000; ++n) {
      numbers.push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(distinct)));
      texts.push_back(std::to_string(numbers.back())
                      + (numbers.back() % 3 == 0 ? " is a text too long for an entry" : ""));
      pairs.emplace_back(numbers.back() % 10, texts.back());
    }
    const std::vector<std::size_t> pieces{1'000, 1, 15, 16, 17, 0, 127, 128, 129, 700};
    compare_together_with_one_by_one<Fetch, std::int64_t>(numbers, pieces);
    compare_together_with_one_by_one<Fetch, std::string_view>(texts, pieces);
    compare_together_with_one_by_one<Fetch, std::pair<std::int64_t, std::string_view>>(pairs, pieces);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_retained_is_gone_and_the_rest_stays_in_order) {
  keyed_table<std::string_view, int> table;
  const auto key_of = [](int n) { return std::to_string(n) + (n % 2 == 0 ? "" : " is a text too long for an entry"); };
  const auto probe_of = [](std::string_view key) { return keyed_table<std::string_view, int>::make_probe(key); };
  int known = 0;
  for (const auto most : {5'000, 5'100, 5'100, 20'000, 20'001}) {
    for (; known < most; ++known)
      table.upsert(probe_of(key_of(known)), [known] { return known; }, [](int&) { BOOST_FAIL("known"); });
    const auto before = table.size();
    std::uint32_t next = 0;
    table.retain([](int n) { return n % 7 != 0 && n % 100 > 10; },
                 [&](std::uint32_t from, std::uint32_t to) {
                   BOOST_REQUIRE_LT(from, before);
                   BOOST_REQUIRE_EQUAL(to, next++);
                 });
    BOOST_TEST(table.size() == next);
    int last = -1;
    table.for_each([&](std::string_view key, int n) {
      BOOST_REQUIRE_LT(last, n);
      BOOST_REQUIRE(n % 7 != 0 && n % 100 > 10);
      BOOST_REQUIRE_EQUAL(key, key_of(n));
      last = n;
    });
    for (auto n = 0; n < known; ++n) {
      const auto found = table.find(probe_of(key_of(n)));
      BOOST_REQUIRE_EQUAL(found.has_value(), n % 7 != 0 && n % 100 > 10);
      BOOST_REQUIRE(!found || table.value_at(*found) == n);
    }
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
  tables[0].for_each([](std::string_view, int n) { BOOST_REQUIRE(n == 2); });
}

BOOST_AUTO_TEST_SUITE_END()
