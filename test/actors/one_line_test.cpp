// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/one_line.hpp>

#include <algorithm>
#include <random>

#include <boost/test/unit_test.hpp>

using sluice::on_one_line;

BOOST_AUTO_TEST_SUITE(one_line)

BOOST_AUTO_TEST_CASE(text_without_controls_stays_as_it_is) {
  for (const auto* text : {"", "to be or not", "größer \\ \"ok\"", "水 🌊"})
    BOOST_TEST(on_one_line(text) == text);
}

BOOST_AUTO_TEST_CASE(whatever_would_end_the_line_or_command_the_terminal_is_escaped) {
  BOOST_TEST(on_one_line("a\nb\r\tc") == "a\\nb\\r\\tc");
  BOOST_TEST(on_one_line("\x1b[31mred\x7f") == "\\x1b[31mred\\x7f");
  BOOST_TEST(on_one_line(std::string_view{"\0!", 2}) == "\\x00!");
  BOOST_TEST(on_one_line("\xc2\x85 \xe2\x80\xa8 \xe2\x80\xae") == "\\u0085 \\u2028 \\u202e");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_shown_as_such) {
  BOOST_TEST(on_one_line("\xff\xc3") == "\\xff\\xc3");
  BOOST_TEST(on_one_line("\xc0\xaf \xed\xa0\x80 \xf5\x80\x80\x80")
             == "\\xc0\\xaf \\xed\\xa0\\x80 \\xf5\\x80\\x80\\x80");
  BOOST_TEST(on_one_line("\xe6\xb0x") == "\\xe6\\xb0x");
}

BOOST_AUTO_TEST_CASE(a_long_text_is_cut_between_characters_and_its_size_is_said) {
  BOOST_TEST(on_one_line("12345", 5) == "12345");
  BOOST_TEST(on_one_line("123456", 5) == "12345... (6 bytes)");
  BOOST_TEST(on_one_line("1234ß", 5) == "1234... (6 bytes)");
}

BOOST_AUTO_TEST_CASE(any_bytes_become_one_line_of_utf8_that_stays_as_it_is) {
  std::mt19937_64 random{1};
  for (auto times = 0; times < 2'000; ++times) {
    std::string text;
    for (auto n = random() % 40; n != 0; --n)
      text += static_cast<char>(random());
    const auto line = on_one_line(text);
    BOOST_TEST(std::ranges::none_of(line, [](char c) { return c >= 0 && c < ' '; }));
    BOOST_TEST(on_one_line(line) == line);
  }
}

BOOST_AUTO_TEST_SUITE_END()
