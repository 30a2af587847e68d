// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/record/record_hash.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/record/owned.hpp>

#include "../actors/end_of_memory.hpp"
#include "../actors/records.hpp"

using namespace sluice;
using namespace std::string_literals;

namespace {

struct visit {
  std::string_view page;
  std::optional<bytes_view> cookie;
};

/// Its own idea of equality is none that a hash of all fields could follow.
struct caseless {
  std::string text;
  friend bool operator==(const caseless& a, const caseless& b) { return a.text.size() == b.text.size(); }
};

/// A record, its owned copy and a view of that are the same key.
template <record T>
void check_same_key(const T& x) {
  const auto kept = to_owned(x);
  BOOST_REQUIRE_EQUAL(hash_record(x), hash_record(kept));
  BOOST_REQUIRE_EQUAL(hash_record(x), hash_record<T>(to_view<T>(kept)));
  BOOST_REQUIRE(equal_records(x, kept));
  BOOST_REQUIRE(equal_records(kept, x));
  BOOST_REQUIRE(equal_records(x, x));
}

} // namespace

BOOST_AUTO_TEST_SUITE(record_hash)

BOOST_AUTO_TEST_CASE(a_record_is_the_same_key_whether_owned_or_referred_to) {
  for (std::uint64_t seed = 1; seed <= test::seed_count(30); ++seed) {
    test::random_records random{seed};
    check_same_key(random.make<std::string_view>());
    check_same_key(random.make<bytes_view>());
    check_same_key(random.make<double>());
    check_same_key(random.make<visit>());
    check_same_key(random.make<std::pair<std::string_view, std::int8_t>>());
    check_same_key(random.make<std::vector<std::optional<std::string_view>>>());
    check_same_key(random.make<std::vector<bool>>());
    check_same_key(random.make<test::everything>());
    check_same_key(random.make<test::standard_parts>());
    check_same_key(random.make<std::map<std::string_view, int>>());
    check_same_key(random.make<std::variant<std::monostate, int, std::string_view>>());
  }
}

BOOST_AUTO_TEST_CASE(records_that_differ_somewhere_are_not_equal) {
  BOOST_TEST(!equal_records(std::pair{"a"s, 1}, std::pair{"a"s, 2}));
  BOOST_TEST(!equal_records(std::vector{1, 2}, std::vector{1, 2, 3}));
  BOOST_TEST(!equal_records(std::vector{1, 2}, std::vector{1, 3}));
  BOOST_TEST(!equal_records(std::optional<int>{}, std::optional<int>{0}));
  BOOST_TEST(!equal_records("a"s, "a\0"s));
  using one_of = std::variant<std::monostate, int, std::int64_t>;
  BOOST_TEST(!equal_records(one_of{1}, one_of{std::int64_t{1}}));
  BOOST_TEST(!equal_records(one_of{}, one_of{0}));
  BOOST_TEST(!equal_records(std::array{1, 2}, std::array{1, 3}));
  BOOST_TEST(!equal_records(std::set{1, 2}, std::set{1, 3}));
  BOOST_TEST(!equal_records(std::chrono::seconds{1}, std::chrono::seconds{2}));
  BOOST_TEST(hash_record(one_of{1}) != hash_record(one_of{std::int64_t{1}}));
  BOOST_TEST(hash_record(one_of{}) != hash_record(one_of{0}));
  BOOST_TEST(!equal_records(bytes(2), bytes(3)));
  BOOST_TEST(hash_record(std::optional<int>{}) != hash_record(std::optional<int>{0}));
  BOOST_TEST(hash_record(std::vector<int>{}) != hash_record(std::vector{0}));
  BOOST_TEST(hash_record(std::pair{1, 2}) != hash_record(std::pair{2, 1}));
}

BOOST_AUTO_TEST_CASE(an_equality_of_the_users_does_not_decide_which_keys_are_the_same) {
  BOOST_TEST(!equal_records(caseless{"a"}, caseless{"A"}));
  BOOST_TEST(equal_records(caseless{"a"}, caseless{"a"}));
}

BOOST_AUTO_TEST_CASE(both_zeros_are_one_key_and_all_nans_are) {
  const auto nan = std::nan("1");
  BOOST_TEST(hash_record(0.0) == hash_record(-0.0));
  BOOST_TEST(equal_records(0.0, -0.0));
  BOOST_TEST(hash_record(nan) == hash_record(-std::nan("2")));
  BOOST_TEST(equal_records(nan, -std::nan("2")));
  BOOST_TEST(equal_records(std::pair{1, nan}, std::pair{1, nan}));
  BOOST_TEST(!equal_records(nan, 1.0));
  BOOST_TEST(hash_record(1.5F) == hash_record(1.5));
}

BOOST_AUTO_TEST_CASE(a_short_text_is_read_whole_and_nothing_around_it) {
  const auto source = "\xff\0abcdefghijklmnopq"s;
  for (std::size_t begin = 0; begin < 3; ++begin)
    for (std::size_t n = 0; n <= detail::short_text_limit; ++n) {
      // In memory of its own, where a sanitizer sees a read outside.
      const std::vector<char> text(source.begin() + static_cast<std::ptrdiff_t>(begin),
                                   source.begin() + static_cast<std::ptrdiff_t>(begin + n));
      const auto read = detail::load_short_text(text.data(), n);
      std::array<char, 16> expected{};
      std::ranges::copy(text, expected.begin());
      BOOST_TEST(std::memcmp(&read, expected.data(), 16) == 0, "from " << begin << ", " << n << " bytes");
    }
}

BOOST_AUTO_TEST_CASE(a_short_text_may_end_where_memory_ends) {
  const test::end_of_memory page;
  auto* const end = page.end();
  std::fill(end - 64, end, 'x');
  for (std::size_t size = 0; size <= detail::short_text_limit; ++size)
    for (std::size_t before_end = size; before_end <= 48; ++before_end) {
      const std::string_view text{end - before_end, size};
      BOOST_REQUIRE(detail::load_short_text(text.data(), size) == detail::load_short_text_exactly(text.data(), size));
      BOOST_REQUIRE_EQUAL(hash_record(text), hash_record(std::string(size, 'x')));
    }
}

BOOST_AUTO_TEST_CASE(the_hash_is_what_it_always_was) {
  // State lies in the partition of its key's hash: another hash would lose it.
  BOOST_TEST(hash_record(""s) == 0xd0a66a65c7528968U);
  BOOST_TEST(hash_record("word"s) == 0x1c1fb28b4466dfcbU);
  BOOST_TEST(hash_record("a text of more than 16 bytes"s) == 0x865db4732d16d6d7U);
  BOOST_TEST(hash_record(42) == 0xd5a6f8c838df27c8U);
  BOOST_TEST(hash_record(std::pair{"word"s, 42}) == 0xd5c48ba7f96a02beU);
}

/// Most keys of n that share one of 4 n places by the low bits of their hash.
template <class Make>
std::size_t most_in_one_place(std::uint64_t n, Make make) {
  std::vector<std::size_t> places(4 * n);
  for (std::uint64_t i = 0; i < n; ++i)
    ++places[table_hash(make(i)) % places.size()];
  return std::ranges::max(places);
}

BOOST_AUTO_TEST_CASE(a_table_has_room_for_all_sorts_of_keys) {
  constexpr std::uint64_t n = 1 << 14;
  for (auto shift = 0U; shift <= 50; ++shift) {
    BOOST_TEST(most_in_one_place(n, [=](std::uint64_t i) { return i << shift; }) <= 10U, "shift " << shift);
    BOOST_TEST(most_in_one_place(n, [=](std::uint64_t i) { return static_cast<std::int64_t>(0 - (i << shift)); })
               <= 10U);
  }
  for (const std::uint64_t step : {3U, 10U, 1'000U, 1'346'269U, 1'000'000'007U})
    BOOST_TEST(most_in_one_place(n, [=](std::uint64_t i) { return 1'795'000'000'000 + i * step; }) <= 10U);
  BOOST_TEST(most_in_one_place(n, [](std::uint64_t i) { return static_cast<double>(i); }) <= 10U);
  BOOST_TEST(most_in_one_place(n, [](std::uint64_t i) { return 0.1F * static_cast<float>(i); }) <= 10U);
  BOOST_TEST(table_hash(0.0) == table_hash(-0.0));
  BOOST_TEST(table_hash(std::nan("1")) == table_hash(-std::nan("2")));
}

BOOST_AUTO_TEST_SUITE_END()
