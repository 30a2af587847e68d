// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/record/record_order.hpp>

#include <chrono>
#include <limits>
#include <map>
#include <string>
#include <variant>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::string_view_literals;

namespace {

enum class color : int { red = 1, green = 2 };

struct point {
  int x = 0;
  std::string_view name;
};

/// Has an order of its own.
struct priority {
  int level = 0;
  friend bool operator<(const priority& a, const priority& b) { return b.level < a.level; }
};

template <class T>
bool in_order(const std::vector<T>& ascending) {
  const record_order before;
  for (std::size_t i = 0; i < ascending.size(); ++i)
    for (std::size_t j = 0; j < ascending.size(); ++j)
      if (before(ascending[i], ascending[j]) != (i < j))
        return false;
  return true;
}

bytes_view view_of(const bytes& x) { return x; }

} // namespace

BOOST_AUTO_TEST_SUITE(record_order_suite)

BOOST_AUTO_TEST_CASE(numbers_and_text_are_in_their_own_order) {
  BOOST_TEST(in_order<int>({-1, 0, 3}));
  BOOST_TEST(in_order<color>({color::red, color::green}));
  BOOST_TEST((record_order{}(false, true) && !record_order{}(true, false)));
  BOOST_TEST(in_order<std::string_view>({"", "Z", "a", "aa", "\xff"}));
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  BOOST_TEST(in_order<double>({-infinity, -1, 0, infinity, std::numeric_limits<double>::quiet_NaN()}));
  BOOST_TEST(!record_order{}(-0.0, 0.0));
}

BOOST_AUTO_TEST_CASE(what_has_parts_is_compared_part_by_part) {
  BOOST_TEST((in_order<std::pair<int, std::string_view>>({{1, "b"}, {2, "a"}, {2, "b"}})));
  BOOST_TEST((in_order<std::tuple<int, double, bool>>({{1, 2, false}, {1, 2, true}, {1, 3, false}})));
  BOOST_TEST((in_order<point>({{1, "z"}, {2, "a"}, {2, "b"}})));
  BOOST_TEST((in_order<std::optional<int>>({std::nullopt, -1, 1})));
  BOOST_TEST((in_order<std::vector<int>>({{}, {1}, {1, 0}, {2}})));
  BOOST_TEST((in_order<std::vector<bool>>({{}, {false}, {false, true}, {true}})));
  BOOST_TEST((in_order<std::array<int, 2>>({{1, 2}, {1, 3}, {2, 0}})));
  BOOST_TEST((in_order<std::map<int, int>>({{}, {{1, 1}}, {{1, 1}, {2, 0}}, {{1, 2}}})));
  BOOST_TEST((in_order<std::variant<std::monostate, std::string, int>>({{}, "a", "b", -1, 1})));
  BOOST_TEST(in_order<std::chrono::seconds>({std::chrono::seconds{-1}, std::chrono::seconds{1}}));
  const bytes a{std::byte{1}};
  const bytes b{std::byte{1}, std::byte{0}};
  const bytes c{std::byte{200}};
  BOOST_TEST(in_order<bytes>({a, b, c}));
  BOOST_TEST(in_order<bytes_view>({view_of(a), view_of(b), view_of(c)}));
  BOOST_TEST((in_order<std::pair<bytes_view, std::vector<double>>>(
      {{a, {1}}, {a, {std::numeric_limits<double>::quiet_NaN()}}, {b, {}}})));
}

BOOST_AUTO_TEST_CASE(a_struct_may_bring_its_own_order) {
  BOOST_TEST(in_order<priority>({{3}, {2}, {1}}));
  BOOST_TEST((in_order<std::pair<priority, int>>({{{3}, 1}, {{3}, 2}, {{1}, 0}})));
}

BOOST_AUTO_TEST_SUITE_END()
