// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/record/split.hpp>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "../actors/end_of_memory.hpp"

namespace {

using namespace sluice;

/// The pieces of a text where it lies.
std::vector<std::string> pieces_in_place(std::string_view text, char separator) {
  std::vector<std::string> result;
  auto emit = [&](std::string_view piece) { result.emplace_back(piece); };
  split{separator}(text, emit);
  return result;
}

/// The pieces of a text that lies in memory of exactly its size, so that a sanitizer sees a read outside it.
std::vector<std::string> pieces(const std::string& text, char separator) {
  const auto memory = std::make_unique<char[]>(text.size());
  text.copy(memory.get(), text.size());
  return pieces_in_place({memory.get(), text.size()}, separator);
}

std::vector<std::string> expected_pieces(const std::string& text, char separator) {
  std::vector<std::string> result(1);
  for (const auto c : text)
    if (c != separator)
      result.back() += c;
    else if (!result.back().empty())
      result.emplace_back();
  if (result.back().empty())
    result.pop_back();
  return result;
}

BOOST_AUTO_TEST_SUITE(split_suite)

BOOST_AUTO_TEST_CASE(texts_of_every_length_are_cut_at_every_separator) {
  std::mt19937 random{1};
  for (std::size_t size = 0; size <= 200; ++size)
    for (const unsigned one_in : {1U, 2U, 5U, 20U, 100U}) {
      std::string text(size, 'x');
      for (auto& c : text)
        c = random() % one_in == 0 ? ' ' : static_cast<char>('a' + random() % 26);
      BOOST_REQUIRE_MESSAGE(pieces(text, ' ') == expected_pieces(text, ' '), "size " << size << ": '" << text << "'");
    }
}

BOOST_AUTO_TEST_CASE(a_lone_separator_is_found_wherever_it_is) {
  for (std::size_t size = 1; size <= 130; ++size)
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = ',';
      BOOST_REQUIRE(pieces(text, ',') == expected_pieces(text, ','));
    }
}

BOOST_AUTO_TEST_CASE(a_text_may_end_where_memory_ends) {
  const test::end_of_memory page;
  std::mt19937 random{3};
  for (auto* p = page.end() - 300; p != page.end(); ++p)
    *p = random() % 6 == 0 ? ' ' : 'x';
  for (std::size_t size = 1; size <= 150; ++size)
    for (std::size_t before_end = size; before_end <= size + 70; ++before_end) {
      const std::string_view text{page.end() - before_end, size};
      BOOST_REQUIRE(pieces_in_place(text, ' ') == expected_pieces(std::string{text}, ' '));
    }
}

BOOST_AUTO_TEST_CASE(any_byte_separates) {
  std::mt19937 random{2};
  for (int separator = 0; separator < 256; ++separator) {
    std::string text(100, ' ');
    for (auto& c : text)
      c = static_cast<char>(random() % 4 == 0 ? separator : static_cast<int>(random() % 256));
    BOOST_REQUIRE(pieces(text, static_cast<char>(separator)) == expected_pieces(text, static_cast<char>(separator)));
  }
}

BOOST_AUTO_TEST_CASE(a_text_of_no_memory_has_no_pieces) {
  auto emit = [](std::string_view) { BOOST_FAIL("a piece of nothing"); };
  split{' '}(std::string_view{}, emit);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
