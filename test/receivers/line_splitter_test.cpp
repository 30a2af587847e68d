// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/text/line_splitter.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using sluice::line_splitter;

namespace {

using texts = std::vector<std::string>;

struct result {
  texts lines;
  bool too_long = false;

  friend bool operator==(const result&, const result&) = default;
  friend std::ostream& operator<<(std::ostream& out, const result& x) {
    for (const auto& line : x.lines)
      out << '[' << line << ']';
    return out << (x.too_long ? " too long" : "");
  }
};

/// Feeds the text in pieces that end at the given offsets, then ends it.
result split(const std::string& text, std::vector<std::size_t> ends, std::size_t max_line = 1000,
             std::size_t room = 4) {
  line_splitter splitter{max_line, room};
  result out;
  ends.push_back(text.size());
  std::size_t at = 0;
  for (const auto end : ends)
    while (at < end && !splitter.too_long()) {
      const auto space = splitter.space();
      BOOST_REQUIRE(space.size() >= room);
      const auto n = std::min(end - at, space.size());
      std::copy_n(text.data() + at, n, space.data());
      at += n;
      for (const auto line : splitter.take(n))
        out.lines.emplace_back(line);
    }
  if (const auto rest = splitter.rest())
    out.lines.emplace_back(*rest);
  out.too_long = splitter.too_long();
  return out;
}

/// The same by another way: character by character.
result reference(const std::string& text, std::size_t max_line) {
  result out;
  std::string line;
  const auto end_line = [&] {
    if (line.ends_with('\r'))
      line.pop_back();
    out.too_long = line.size() > max_line;
    if (!out.too_long)
      out.lines.push_back(line);
    line.clear();
  };
  for (const auto c : text) {
    if (c == '\n')
      end_line();
    else
      line += c;
    if (out.too_long)
      return out;
  }
  if (!line.empty())
    end_line();
  return out;
}

/// Feeds the text in every way of cutting it into three pieces.
void check_everywhere(const std::string& text, const texts& lines) {
  const result expected{lines, false};
  for (std::size_t i = 0; i <= text.size(); ++i)
    for (auto k = i; k <= text.size(); ++k)
      for (const std::size_t room : {1, 3, 64})
        BOOST_TEST(split(text, {i, k}, 1000, room) == expected, "cut at " << i << " and " << k << ", room " << room);
}

} // namespace

BOOST_AUTO_TEST_SUITE(line_splitter_)

BOOST_AUTO_TEST_CASE(lines_end_at_newlines) {
  check_everywhere("to be\nor not\nto be\n", {"to be", "or not", "to be"});
}

BOOST_AUTO_TEST_CASE(empty_lines_are_lines) { check_everywhere("\n\na\n\n\nb\n", {"", "", "a", "", "", "b"}); }

BOOST_AUTO_TEST_CASE(one_carriage_return_before_a_newline_is_dropped) {
  check_everywhere("a\r\n\r\nb\r\r\nc\rd\n\r", {"a", "", "b\r", "c\rd", ""});
}

BOOST_AUTO_TEST_CASE(what_follows_the_last_newline_is_a_line_at_the_end) {
  check_everywhere("a\nlast", {"a", "last"});
  check_everywhere("a\nlast\r", {"a", "last"});
  check_everywhere("only", {"only"});
}

BOOST_AUTO_TEST_CASE(nothing_is_no_line) { check_everywhere("", {}); }

BOOST_AUTO_TEST_CASE(bytes_are_kept_as_they_are) {
  const std::string odd{"gr\xC3\xBC\xC3\x9F\nnul \0 in it\n\xFF\xFE\n", 22};
  check_everywhere(odd, {"gr\xC3\xBC\xC3\x9F", std::string{"nul \0 in it", 11}, "\xFF\xFE"});
}

BOOST_AUTO_TEST_CASE(the_limit_counts_what_is_in_the_line) {
  for (const std::string end : {"\n", "\r\n", ""}) {
    const auto good = "a\n12345" + end;
    const auto bad = "a\n123456" + end + "after\n";
    for (std::size_t i = 0; i <= bad.size(); ++i)
      for (const std::size_t room : {1, 2, 64}) {
        BOOST_TEST(split(good, {std::min(i, good.size())}, 5, room) == (result{{"a", "12345"}, false}));
        BOOST_TEST(split(bad, {i}, 5, room) == (result{{"a"}, true}));
      }
  }
}

BOOST_AUTO_TEST_CASE(a_line_that_never_ends_is_noticed_at_the_limit) {
  line_splitter splitter{100, 16};
  std::size_t fed = 0;
  while (!splitter.too_long()) {
    const auto space = splitter.space().first(1);
    space[0] = 'x';
    for (const auto line : splitter.take(1))
      BOOST_ERROR("no line expected, but " << line);
    ++fed;
  }
  BOOST_TEST(fed == 101U);
  BOOST_TEST(!splitter.rest().has_value());
}

BOOST_AUTO_TEST_CASE(random_texts_in_random_pieces_split_as_the_plain_way_does) {
  std::mt19937_64 random{7};
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (auto run = 0; run < 3000; ++run) {
    std::string text;
    const auto size = below(60);
    while (text.size() < size)
      text += "ab\r\n"[below(4)];
    std::vector<std::size_t> ends;
    for (auto n = below(8); n > 0; --n)
      ends.push_back(below(text.size() + 1));
    std::ranges::sort(ends);
    const auto max_line = 1 + below(8);
    BOOST_TEST(split(text, ends, max_line, 1 + below(9)) == reference(text, max_line));
  }
}

BOOST_AUTO_TEST_CASE(megabyte_lines_pass_through_a_small_room) {
  const std::string line(1 << 20, 'x');
  BOOST_TEST((split(line + "\n" + line + "\n", {}, 1 << 20, 1000).lines == texts{line, line}));
}

BOOST_AUTO_TEST_SUITE_END()
