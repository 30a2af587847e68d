// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/record/fields.hpp>

#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

struct trade {
  std::string_view symbol;
  std::int32_t shares;
  double price;
  std::optional<bool> done;
};

/// What a function throws for a text.
template <class F>
std::string refusal(F f, std::string_view text) {
  try {
    f(text);
    return "nothing";
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(fields_)

BOOST_AUTO_TEST_CASE(a_text_that_is_a_number_becomes_one) {
  BOOST_TEST(to_number<int>{}("42") == 42);
  BOOST_TEST(to_number<int>{}(" -7\r") == -7);
  BOOST_TEST(to_number<std::uint8_t>{}("+255") == 255);
  BOOST_TEST(to_number<double>{}("-1.5e3") == -1500.0);
  BOOST_TEST(to_number<std::int64_t>{}("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
}

BOOST_AUTO_TEST_CASE(every_other_text_is_refused_with_a_sentence) {
  BOOST_TEST(refusal(to_number<int>{}, "") == "'' is not a whole number");
  BOOST_TEST(refusal(to_number<int>{}, "4 2") == "'4 2' is not a whole number");
  BOOST_TEST(refusal(to_number<int>{}, "1.5") == "'1.5' is not a whole number");
  BOOST_TEST(refusal(to_number<double>{}, "x") == "'x' is not a number");
  BOOST_TEST(refusal(to_number<std::uint8_t>{}, "256") == "'256' is not a number that fits its type");
  BOOST_TEST(refusal(to_number<unsigned>{}, "-1") == "'-1' is not a whole number");
  BOOST_TEST(refusal(to_number<int>{}, std::string(100, 'a'))
             == "'" + std::string(60, 'a') + "...' is not a whole number");
}

BOOST_AUTO_TEST_CASE(a_line_becomes_a_struct_or_a_tuple) {
  const std::string line = "ACME,12, 99.5,true";
  const auto x = fields<trade>{','}(line);
  BOOST_TEST(x.symbol == "ACME");
  BOOST_TEST(x.symbol.data() == line.data()); // nothing is copied
  BOOST_TEST(x.shares == 12);
  BOOST_TEST(x.price == 99.5);
  BOOST_TEST((x.done == true));
  BOOST_TEST(!fields<trade>{','}("A,1,2,").done.has_value());
  BOOST_TEST((fields<std::string, int>{' '}("a 3") == std::tuple{std::string{"a"}, 3}));
  BOOST_TEST((fields<int>{' '}("3") == std::tuple{3}));
  BOOST_TEST((fields<std::pair<int, bool>>{';'}("3;0") == std::pair{3, false}));
  BOOST_TEST(
      (fields<std::string_view, std::string_view>{','}(",") == std::tuple{std::string_view{}, std::string_view{}}));
}

BOOST_AUTO_TEST_CASE(a_line_with_other_fields_is_refused_with_a_sentence) {
  BOOST_TEST(refusal(fields<trade>{','}, "ACME,12,99.5") == "'ACME,12,99.5' does not have 4 fields");
  BOOST_TEST(refusal(fields<trade>{','}, "ACME,12,99.5,1,2") == "'ACME,12,99.5,1,2' does not have 4 fields");
  BOOST_TEST(refusal(fields<int>{','}, "1,2") == "'1,2' does not have 1 field");
  BOOST_TEST(refusal(fields<trade>{','}, "ACME,twelve,99.5,1") == "field 2: 'twelve' is not a whole number");
  BOOST_TEST(refusal(fields<trade>{','}, "ACME,12,99.5,yes") == "field 4: 'yes' is not true or false");
}

BOOST_AUTO_TEST_SUITE_END()
