// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/record/owned.hpp>

#include <algorithm>
#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>

#include "records.hpp"

using namespace sluice;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

struct visit {
  std::string_view page;
  std::int64_t at;
  std::optional<std::string_view> referrer;
};

struct session {
  visit first;
  std::vector<visit> others;
};

struct owner {
  std::string name;
  std::vector<int> numbers;
};

template <class T, class Owned>
inline constexpr bool owned_as = std::same_as<owned_t<T>, Owned>;

static_assert(owned_as<int, int>);
static_assert(owned_as<bool, bool>);
static_assert(owned_as<std::string, std::string>);
static_assert(owned_as<std::string_view, std::string>);
static_assert(owned_as<bytes_view, bytes>);
static_assert(owned_as<std::pair<std::string_view, int>, std::pair<std::string, int>>);
static_assert(owned_as<std::pair<int, std::pair<bytes_view, int>>, std::pair<int, std::pair<bytes, int>>>);
static_assert(owned_as<std::tuple<std::string_view, int>, std::tuple<std::string, int>>);
static_assert(owned_as<std::optional<std::string_view>, std::optional<std::string>>);
static_assert(owned_as<std::vector<std::string_view>, std::vector<std::string>>);
static_assert(owned_as<std::vector<std::optional<std::pair<std::string_view, bytes_view>>>,
                       std::vector<std::optional<std::pair<std::string, bytes>>>>);

static_assert(owned_as<std::array<std::string_view, 2>, std::tuple<std::string, std::string>>);
static_assert(owned_as<std::set<std::string_view>, std::vector<std::string>>);
static_assert(owned_as<std::map<std::string_view, int>, std::vector<std::pair<std::string, int>>>);
static_assert(owned_as<std::variant<int, std::string_view>, std::variant<int, std::string>>);

// What owns its content already stays the type it is.
static_assert(owned_as<owner, owner>);
static_assert(owned_as<std::tuple<int, std::string>, std::tuple<int, std::string>>);
static_assert(owned_as<std::vector<bool>, std::vector<bool>>);
static_assert(owned_as<std::map<std::string, std::set<int>>, std::map<std::string, std::set<int>>>);
static_assert(owned_as<std::array<double, 3>, std::array<double, 3>>);
static_assert(owned_as<std::chrono::seconds, std::chrono::seconds>);
static_assert(owned_as<std::variant<std::monostate, std::string>, std::variant<std::monostate, std::string>>);
static_assert(owned_as<std::pair<const std::string, int>, std::pair<const std::string, int>>);

// A map's value_type has a const key; a view there must be seen all the same.
static_assert(owned_as<std::pair<const std::string_view, int>, std::pair<std::string, int>>);

// A struct with views is kept as a tuple of owned fields, and an owned type owns itself.
using owned_visit = std::tuple<std::string, std::int64_t, std::optional<std::string>>;
static_assert(owned_as<visit, owned_visit>);
static_assert(owned_as<session, std::tuple<owned_visit, std::vector<owned_visit>>>);
static_assert(owned_as<owned_visit, owned_visit>);

} // namespace

BOOST_AUTO_TEST_SUITE(owned)

BOOST_AUTO_TEST_CASE(an_owned_copy_outlives_what_the_record_referred_to) {
  auto text = std::make_unique<std::string>("a page with a name too long for the small string buffer");
  const auto copy = *text;
  const session seen{{*text, 1, {}}, {{*text, 2, *text}, {"", 3, ""}}};
  const auto kept = to_owned(seen);
  std::ranges::fill(*text, '!');
  text.reset();
  const auto again = to_view<session>(kept);
  BOOST_TEST(again.first.page == copy);
  BOOST_TEST(again.first.at == 1);
  BOOST_TEST(!again.first.referrer.has_value());
  BOOST_REQUIRE(again.others.size() == 2U);
  BOOST_TEST(*again.others[0].referrer == copy);
  BOOST_TEST(again.others[1].referrer.value() == "");
  BOOST_TEST(again.others[1].at == 3);
}

BOOST_AUTO_TEST_CASE(a_view_of_an_owned_copy_refers_to_it) {
  const auto kept = to_owned(std::pair{"key"sv, 1});
  const auto view = to_view<std::pair<std::string_view, int>>(kept);
  BOOST_TEST(static_cast<const void*>(view.first.data()) == static_cast<const void*>(kept.first.data()));
}

BOOST_AUTO_TEST_CASE(a_record_that_owns_its_content_is_its_own_view) {
  const owner x{"name", {1, 2}};
  static_assert(std::same_as<decltype(to_view<owner>(x)), const owner&>);
  BOOST_TEST(&to_view<owner>(x) == &x);
  BOOST_TEST(to_owned(x).name == "name");
}

BOOST_AUTO_TEST_CASE(a_const_key_is_copied_like_any_other) {
  const std::pair<const std::string_view, int> entry{"key", 7};
  const std::pair<std::string, int> kept = to_owned(entry);
  BOOST_TEST(kept.first == "key");
  BOOST_TEST((to_view<std::pair<const std::string_view, int>>(kept).first) == "key");
}

BOOST_AUTO_TEST_CASE(random_records_are_the_same_after_owned_and_back) {
  for (std::uint64_t seed = 1; seed <= test::seed_count(20); ++seed) {
    test::random_records random{seed};
    const auto check = [&]<record T>(const T& x) {
      const auto kept = to_owned(x);
      BOOST_REQUIRE_MESSAGE(test::same<T>(to_view<T>(kept), x), "seed " << seed << ": " << codec<T>::schema());
      BOOST_REQUIRE_EQUAL(test::digest(kept), test::digest(x));
    };
    check(random.make<test::everything>());
    check(random.make<test::order>());
    check(random.make<test::standard_parts>());
    check(random.make<std::map<std::string_view, std::variant<std::string_view, int>>>());
    check(random.make<std::vector<std::optional<std::pair<std::string_view, std::vector<bytes_view>>>>>());
    check(random.make<std::tuple<bytes_view, std::pair<bool, std::string_view>, std::vector<bool>>>());
  }
}

BOOST_AUTO_TEST_CASE(an_owned_type_has_the_columns_of_its_record) {
  BOOST_TEST(codec<owned_t<test::everything>>::schema() == codec<test::everything>::schema());
  BOOST_TEST(codec<owned_t<session>>::schema() == codec<session>::schema());
  BOOST_TEST(codec<owned_t<test::standard_parts>>::schema() == codec<test::standard_parts>::schema());
}

BOOST_AUTO_TEST_SUITE_END()
