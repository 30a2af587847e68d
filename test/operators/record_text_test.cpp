// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/record/record_text.hpp>

#include <cstdint>
#include <limits>

#include <boost/test/unit_test.hpp>

#include <sluice/operators/output/print.hpp>

using namespace sluice;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

enum class color : std::uint8_t { red, green };

struct visit {
  std::string_view page;
  std::optional<int> status;
};

template <record T>
std::string text_of(const T& x) {
  std::string result;
  format_record(result, x);
  return result;
}

template <record T>
rdd<T> dataset_of(std::initializer_list<std::vector<T>> partitions) {
  typename rdd<T>::partitions content;
  for (const auto& records : partitions)
    content.push_back({make_batch<T>(records)});
  return rdd<T>{std::move(content)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(record_text)

BOOST_AUTO_TEST_CASE(records_read_as_in_spark) {
  BOOST_TEST(text_of("text"s) == "text");
  BOOST_TEST(text_of(""sv) == "");
  BOOST_TEST(text_of(42) == "42");
  BOOST_TEST(text_of(std::int8_t{-7}) == "-7");
  BOOST_TEST(text_of(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  BOOST_TEST(text_of('c') == "c");
  BOOST_TEST(text_of(true) == "true");
  BOOST_TEST(text_of(color::green) == "1");
  BOOST_TEST(text_of(std::pair{"hello"s, 1}) == "(hello,1)");
  BOOST_TEST(text_of(std::tuple{1, "b"sv, std::pair{false, 'x'}}) == "(1,b,(false,x))");
  BOOST_TEST(text_of(visit{"/", 200}) == "(/,Some(200))");
  BOOST_TEST(text_of(std::optional<int>{}) == "None");
  BOOST_TEST(text_of(std::vector{1, 2, 3}) == "[1, 2, 3]");
  BOOST_TEST(text_of(std::vector{true, false}) == "[true, false]");
  BOOST_TEST(text_of(std::vector<int>{}) == "[]");
  BOOST_TEST(text_of(bytes{std::byte{0}, std::byte{0xaf}}) == "00af");
}

BOOST_AUTO_TEST_CASE(a_floating_point_number_shows_that_it_is_one) {
  BOOST_TEST(text_of(1.0) == "1.0");
  BOOST_TEST(text_of(-0.0) == "-0.0");
  BOOST_TEST(text_of(0.1F) == "0.1");
  BOOST_TEST(text_of(-2.5) == "-2.5");
  BOOST_TEST(text_of(1e300) == "1e+300");
  BOOST_TEST(text_of(std::numeric_limits<double>::infinity()) == "inf");
  BOOST_TEST(text_of(std::numeric_limits<double>::denorm_min()) == "5e-324");
}

BOOST_AUTO_TEST_CASE(a_printed_batch_has_its_time_between_rules_of_43_dashes_and_an_empty_line_behind) {
  const auto rule = std::string(43, '-');
  const auto head = rule + "\nTime: 1500 ms\n" + rule + "\n";
  const auto three = dataset_of<int>({{1, 2}, {3}});
  BOOST_TEST(detail::format_print(rdd<int>{}, to_string(batch_time{1500}), 10) == head + "\n");
  BOOST_TEST(detail::format_print(three, to_string(batch_time{1500}), 10) == head + "1\n2\n3\n\n");
  BOOST_TEST(detail::format_print(three, to_string(batch_time{1500}), print_all) == head + "1\n2\n3\n\n");
}

BOOST_AUTO_TEST_CASE(dots_are_printed_only_if_there_is_more) {
  const auto head = std::string(43, '-') + "\nTime: 0 ms\n" + std::string(43, '-') + "\n";
  const auto three = dataset_of<int>({{1, 2}, {}, {3}});
  BOOST_TEST(detail::format_print(three, to_string(batch_time{}), 3) == head + "1\n2\n3\n\n");
  BOOST_TEST(detail::format_print(three, to_string(batch_time{}), 2) == head + "1\n2\n...\n\n");
  BOOST_TEST(detail::format_print(three, to_string(batch_time{}), 0) == head + "...\n\n");
  BOOST_TEST(detail::format_print(rdd<int>{}, to_string(batch_time{}), 0) == head + "\n");
}

BOOST_AUTO_TEST_SUITE_END()
