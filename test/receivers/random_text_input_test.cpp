// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/generator/random_text_input.hpp>

#include "records.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include <sluice/receivers/generator/pacer.hpp>
#include <sluice/receivers/receiver/receiver_life.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

texts lines_of(random_text& from, std::size_t count, std::uint64_t at_once = 1000) {
  texts result;
  while (result.size() < count)
    for (const auto line : from.lines(std::min<std::uint64_t>(at_once, count - result.size())))
      result.emplace_back(line);
  return result;
}

texts words_of(const std::string& line) {
  texts result;
  for (std::size_t at = 0; at <= line.size();) {
    const auto end = std::min(line.find(' ', at), line.size());
    result.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

/// Takes the blocks of a generator that runs on its own thread.
class collector : public receiver_host {
public:
  void block(batch x) override { blocks.push_back(std::move(x)); }
  void drained() override {}
  void marked() override {}
  void report(std::string) override {}
  void note(std::string) override {}
  void restart(std::string, duration) override {}
  void stop(error) override {}
  caf::actor_system& system() override { throw std::logic_error("no actors here"); }

  std::vector<batch> blocks; // written under the generator's lock
};

const receiver_life::callbacks deaf{[](receiver_event, std::string_view) {}, [](duration) {}};

} // namespace

BOOST_AUTO_TEST_SUITE(random_text_input_)

BOOST_AUTO_TEST_CASE(the_same_seed_makes_the_same_text_however_it_is_asked_for) {
  random_text a{{.seed = 5}};
  random_text b{{.seed = 5}};
  random_text c{{.seed = 6}};
  const auto text = lines_of(a, 5000);
  BOOST_TEST((text == lines_of(b, 5000, 7)));
  BOOST_TEST((text != lines_of(c, 5000)));
  // Frozen: figures measured on it can be compared over the years.
  BOOST_TEST(text.front() == "juiyis flxu yij lwtlq cylf hjuysi vns xrwq pfe sljvksu zu");
}

BOOST_AUTO_TEST_CASE(words_are_distinct_and_of_the_number_asked_for) {
  random_text x{{.keys = 50'000}};
  const auto words = x.words();
  BOOST_TEST(words.size() == 50'000U);
  BOOST_TEST(std::set<std::string>(words.begin(), words.end()).size() == 50'000U);
  for (const auto& word : words)
    BOOST_REQUIRE(std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; }));
}

BOOST_AUTO_TEST_CASE(lines_have_the_number_of_words_asked_for_on_average) {
  for (const std::uint32_t words_per_line : {1, 2, 3, 10}) {
    random_text x{{.words_per_line = words_per_line, .keys = 100}};
    std::size_t words = 0;
    for (const auto& line : lines_of(x, 20'000)) {
      const auto n = words_of(line).size();
      BOOST_REQUIRE(n >= std::max<std::size_t>(words_per_line / 2, 1));
      BOOST_REQUIRE(n <= words_per_line * 2 - words_per_line / 2);
      words += n;
    }
    BOOST_TEST(static_cast<double>(words) / 20'000 == words_per_line, boost::test_tools::tolerance(0.02));
  }
}

BOOST_AUTO_TEST_CASE(words_are_as_frequent_as_zipf_says) {
  for (const auto skew : {0.0, 1.0, 2.0}) {
    random_text x{{.words_per_line = 10, .keys = 50, .skew = skew}};
    std::map<std::string, double> counts;
    double all = 0;
    for (const auto& line : lines_of(x, 50'000))
      for (const auto& word : words_of(line)) {
        ++counts[word];
        ++all;
      }
    const auto words = x.words();
    double sum = 0;
    for (std::size_t i = 0; i < words.size(); ++i)
      sum += std::pow(i + 1, -skew);
    for (const std::size_t i : {0, 1, 9, 49})
      BOOST_TEST(counts[words[i]] / all == std::pow(i + 1, -skew) / sum, boost::test_tools::tolerance(0.15));
    BOOST_TEST(counts.size() <= 50U);
  }
}

BOOST_AUTO_TEST_CASE(one_key_and_one_word_a_line_will_do) {
  random_text x{{.words_per_line = 1, .keys = 1}};
  BOOST_TEST((lines_of(x, 3) == texts(3, x.words().front())));
}

BOOST_AUTO_TEST_CASE(a_chunk_is_about_64_kilobytes_at_most) {
  random_text x{{.words_per_line = 10'000}};
  std::size_t bytes = 0;
  for (const auto line : x.lines(1'000'000))
    bytes += line.size();
  BOOST_TEST(bytes < 400'000U);
  BOOST_TEST(x.lines(0).empty());
}

BOOST_AUTO_TEST_CASE(shapes_that_cannot_be_are_refused) {
  BOOST_CHECK_THROW(random_text_input({.text = {.keys = 0}}), usage_error);
  BOOST_CHECK_THROW(random_text_input({.text = {.keys = 10'000'001}}), usage_error);
  BOOST_CHECK_THROW(random_text_input({.text = {.words_per_line = 0}}), usage_error);
  BOOST_CHECK_THROW(random_text_input({.text = {.skew = -1}}), usage_error);
  BOOST_CHECK_THROW(random_text_input({.lines_per_second = -1}), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(pacer_)

BOOST_AUTO_TEST_CASE(as_many_are_due_as_the_rate_says) {
  const pacer::time_point start{1h};
  pacer x{1000, start};
  BOOST_TEST(x.due(start) == 0U);
  BOOST_TEST(x.due(start + 500us) == 0U);
  BOOST_TEST(x.due(start + 10ms) == 10U);
  x.did(4);
  BOOST_TEST(x.due(start + 10ms) == 6U);
  x.did(6);
  BOOST_TEST(x.due(start + 10ms) == 0U);
  BOOST_TEST(x.due(start + 1s) == 990U);
}

BOOST_AUTO_TEST_CASE(the_next_look_is_when_one_is_due_but_no_sooner_than_a_burst) {
  const pacer::time_point start{1h};
  pacer slow{2, start};
  BOOST_TEST((slow.next(start) == start + 500ms));
  pacer fast{1'000'000, start};
  BOOST_TEST((fast.next(start) == start + 10ms));
  // What is waited for has come when the wait is over.
  pacer odd{3, start};
  for (auto now = start; now < start + 1min; now = odd.next(now)) {
    const auto due = odd.due(now);
    BOOST_REQUIRE((now == start || due == 1));
    odd.did(due);
  }
}

BOOST_AUTO_TEST_CASE(who_was_held_up_catches_up_on_a_second_at_most) {
  const pacer::time_point start{1h};
  pacer x{1000, start};
  BOOST_TEST(x.due(start + 1min) == 1000U);
  x.did(1000);
  BOOST_TEST(x.due(start + 1min) == 0U);
  BOOST_TEST(x.due(start + 1min + 10ms) == 10U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(generator_input_)

BOOST_AUTO_TEST_CASE(the_receiver_stores_the_lines_asked_for_and_no_more) {
  constexpr std::size_t count = 20'000;
  const auto input = random_text_input({.lines = count, .text = {.keys = 100}});
  const auto receiver = input.make_receiver();
  const auto host = std::make_shared<collector>();
  errands here{nullptr, {}};
  receiver_life life{receiver, host, stream_id{1}, default_block_bytes, here, deaf};
  life.start(std::uint64_t{1} << 40);
  while (true) {
    life.cut();
    std::size_t stored = 0;
    for (const auto& x : host->blocks)
      stored += x.count();
    if (stored == count)
      break;
    std::this_thread::yield();
  }
  life.stop({});
  random_text text{{.keys = 100}};
  BOOST_TEST((test::records_of<std::string_view>(host->blocks) == lines_of(text, count)));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_has_nothing_to_do_for_long_stops_at_once) {
  const auto receiver = random_text_input({.lines_per_second = 0.001}).make_receiver();
  errands here{nullptr, {}};
  receiver_life life{receiver, std::make_shared<collector>(), stream_id{1}, default_block_bytes, here, deaf};
  life.start(1);
  life.stop({});
  BOOST_TEST(!receiver->is_started());
}

BOOST_AUTO_TEST_SUITE_END()
