// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/text/columns.hpp>
#include <sluice/tool/text/printable.hpp>

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>

using namespace sluice::tool;

BOOST_AUTO_TEST_SUITE(printable_text)

BOOST_AUTO_TEST_CASE(plain_text_stays_as_it_is) {
  BOOST_TEST(printable("") == "");
  BOOST_TEST(printable("map#2, 12 µs, 日本語, 😀") == "map#2, 12 µs, 日本語, 😀");
}

BOOST_AUTO_TEST_CASE(escape_codes_lose_their_escape) {
  BOOST_TEST(printable("\x1b[31mred\x1b[0m") == "�[31mred�[0m");
  BOOST_TEST(printable("\x1b]0;title\x07") == "�]0;title�");
  BOOST_TEST(printable("\xc2\x9b"
                       "2J")
             == "�2J"); // the C1 form of escape and bracket
  BOOST_TEST(printable(std::string{"a\0b", 3}) == "a�b");
  BOOST_TEST(printable("\x7f\x08") == "��");
}

BOOST_AUTO_TEST_CASE(line_ends_become_spaces_unless_they_are_wanted) {
  BOOST_TEST(printable("a\nb\tc\rd") == "a b c d");
  BOOST_TEST(printable_lines("a\nb\tc\x1b") == "a\nb c�");
}

BOOST_AUTO_TEST_CASE(marks_that_turn_the_direction_are_replaced) {
  BOOST_TEST(printable("\u202egnirts") == "�gnirts");
  BOOST_TEST(printable("a\u200bb\u2066c\ufeff") == "a�b�c�");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_replaced_one_by_one) {
  BOOST_TEST(printable("\xff\xfe") == "��");
  BOOST_TEST(printable("\xc0\xaf") == "��");           // a '/' in too many bytes
  BOOST_TEST(printable("\xed\xa0\x80") == "���");      // a surrogate
  BOOST_TEST(printable("\xe6\x97") == "��");           // cut off
  BOOST_TEST(printable("\xf4\x90\x80\x80") == "����"); // beyond Unicode
}

BOOST_AUTO_TEST_CASE(whatever_comes_in_nothing_that_controls_comes_out) {
  std::mt19937 random{7};
  std::uniform_int_distribution<int> byte{0, 255};
  for (auto round = 0; round < 500; ++round) {
    std::string text(40, ' ');
    for (auto& x : text)
      x = static_cast<char>(byte(random));
    const auto shown = printable(text);
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const auto x = static_cast<unsigned char>(shown[i]);
      BOOST_TEST_REQUIRE((x >= 0x20 && x != 0x7f));
      const auto next = i + 1 < shown.size() ? static_cast<unsigned char>(shown[i + 1]) : 0xff;
      BOOST_TEST_REQUIRE(!(x == 0xc2 && next < 0xa0));
    }
    BOOST_TEST_REQUIRE(printable(shown) == shown);
  }
}

BOOST_AUTO_TEST_CASE(columns_are_those_of_a_terminal) {
  BOOST_TEST(columns_of("abc") == 3);
  BOOST_TEST(columns_of("日本") == 4);
  BOOST_TEST(columns_of("e\u0301") == 1);
  BOOST_TEST(clipped("abcdef", 6) == "abcdef");
  BOOST_TEST(clipped("abcdef", 4) == "abc…");
  BOOST_TEST(clipped("日本語", 4) == "日…");
  BOOST_TEST(clipped("abc", 0) == "");
  BOOST_TEST(padded("ab", 4) == "ab  ");
  BOOST_TEST(padded("ab", 4, align::right) == "  ab");
  BOOST_TEST(padded("abcde", 4) == "abcde");
}

BOOST_AUTO_TEST_CASE(sentences_are_broken_at_spaces) {
  const std::vector<std::string> expected{"one two", "three", "four"};
  BOOST_TEST(wrapped("one two three four", 9) == expected, boost::test_tools::per_element());
  BOOST_TEST(wrapped("abcdefgh", 4).size() == 2);
  BOOST_TEST(wrapped("", 4).empty());
}

BOOST_AUTO_TEST_SUITE_END()
