// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/record/record_text.hpp>

#include <chrono>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>
#include <variant>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::string_literals;
using namespace std::chrono_literals;

namespace {

template <record T>
std::string text_of(const T& x) {
  std::string result;
  format_record(result, x);
  return result;
}

struct stopped {};

using milliseconds_of_day = std::chrono::sys_time<std::chrono::milliseconds>;

} // namespace

BOOST_AUTO_TEST_SUITE(record_text)

BOOST_AUTO_TEST_CASE(lists_arrays_and_sets_are_in_brackets_and_maps_in_braces) {
  BOOST_TEST(text_of(std::vector{1, 2}) == "[1, 2]");
  BOOST_TEST(text_of(std::vector{true, false}) == "[true, false]");
  BOOST_TEST(text_of(std::array{1.0, 2.5}) == "[1.0, 2.5]");
  BOOST_TEST(text_of(std::set{"b"s, "a"s}) == "[a, b]");
  BOOST_TEST(text_of(std::set<int>{}) == "[]");
  BOOST_TEST((text_of(std::map<std::string, int>{{"a", 1}, {"b", 2}}) == "{a: 1, b: 2}"));
  BOOST_TEST((text_of(std::unordered_map<int, bool>{{1, true}}) == "{1: true}"));
  BOOST_TEST(text_of(std::pair{1, "a"s}) == "(1,a)");
  BOOST_TEST(text_of(std::optional{1}) == "Some(1)");
}

BOOST_AUTO_TEST_CASE(a_variant_is_shown_as_what_it_holds) {
  using any_of = std::variant<std::monostate, int, std::string, stopped>;
  BOOST_TEST(text_of(any_of{}) == "()");
  BOOST_TEST(text_of(any_of{1}) == "1");
  BOOST_TEST(text_of(any_of{"text"}) == "text");
  BOOST_TEST(text_of(any_of{stopped{}}) == "()");
}

BOOST_AUTO_TEST_CASE(a_duration_has_its_unit) {
  BOOST_TEST(text_of(1ns) == "1ns");
  BOOST_TEST(text_of(-2us) == "-2us");
  BOOST_TEST(text_of(3ms) == "3ms");
  BOOST_TEST(text_of(4s) == "4s");
  BOOST_TEST(text_of(5min) == "5min");
  BOOST_TEST(text_of(6h) == "6h");
  BOOST_TEST(text_of(std::chrono::days{7}) == "7d");
  BOOST_TEST(text_of(std::chrono::duration<double>{1}) == "1.0s");
  BOOST_TEST((text_of(std::chrono::duration<int, std::ratio<2, 3>>{1}) == "1[2/3]s"));
}

BOOST_AUTO_TEST_CASE(a_time_of_the_systems_clock_is_a_date) {
  BOOST_TEST(text_of(milliseconds_of_day{}) == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(text_of(milliseconds_of_day{-1ms}) == "1969-12-31T23:59:59.999Z");
  BOOST_TEST(text_of(milliseconds_of_day{1'709'208'000'250ms}) == "2024-02-29T12:00:00.250Z");
  BOOST_TEST(text_of(std::chrono::sys_seconds{1'709'208'000s}) == "2024-02-29T12:00:00Z");
  BOOST_TEST(text_of(std::chrono::sys_days{std::chrono::days{1}}) == "1970-01-02T00:00:00Z");
  BOOST_TEST(text_of(std::chrono::system_clock::time_point{1ns}) == "1970-01-01T00:00:00.000000001Z");
  BOOST_TEST(text_of(std::chrono::steady_clock::time_point{5ns}) == "5ns");
}

BOOST_AUTO_TEST_CASE(a_time_without_a_year_of_four_digits_is_a_number_of_ticks) {
  BOOST_TEST(text_of(milliseconds_of_day::max()) == "9223372036854775807ms");
  BOOST_TEST(text_of(milliseconds_of_day::min()) == "-9223372036854775808ms");
  BOOST_TEST(text_of(std::chrono::sys_seconds{std::chrono::seconds{253'402'300'800}}) == "253402300800s");
  BOOST_TEST(text_of(std::chrono::sys_seconds{std::chrono::seconds{253'402'300'799}}) == "9999-12-31T23:59:59Z");
}

BOOST_AUTO_TEST_SUITE_END()
