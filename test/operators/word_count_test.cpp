// SPDX-License-Identifier: BSD-3-Clause
//
// The program everybody writes first, whole: the same result on any number of partitions, with any cut of the input
// into blocks, and in any order in which messages may arrive.
#include "../support/pipeline.hpp"

#include <numeric>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using test::pipeline;

namespace {

using word = std::pair<std::string_view, int>;
using counts = std::map<std::string, int>;

std::vector<std::string> random_lines(std::mt19937_64& random, std::size_t n) {
  std::vector<std::string> result(n);
  for (auto& line : result)
    for (auto words = random() % 8; words != 0; --words)
      line += std::string(1 + random() % 3, static_cast<char>('a' + random() % 5)) + std::string(random() % 3, ' ');
  return result;
}

void count_words(const std::vector<std::string>& lines, counts& into) {
  for (const auto& line : lines) {
    std::istringstream in{line};
    for (std::string w; in >> w;)
      ++into[w];
  }
}

counts as_map(const std::vector<std::pair<std::string, int>>& records) {
  counts result;
  for (const auto& [w, n] : records)
    BOOST_REQUIRE_MESSAGE(result.emplace(w, n).second, "'" << w << "' came twice");
  return result;
}

struct program {
  test::composing composed;
  dstream<std::string_view> lines = composed.input<std::string_view>();
  dstream<word> words = lines.flat_map(split(' ')).map([](std::string_view w) { return word{w, 1}; });
  std::shared_ptr<test::batches<word>> by_batch = test::collect(words.reduce_by_key(std::plus<>{}));
  std::shared_ptr<test::batches<word>> so_far =
      test::collect(words.reduce_by_key(std::plus<>{})
                        .update_state_by_key([](std::span<const int> values, std::optional<int> old) {
                          return std::optional{std::accumulate(values.begin(), values.end(), old.value_or(0))};
                        })
                        .named("totals"));
};

} // namespace

BOOST_AUTO_TEST_SUITE(word_count)

BOOST_AUTO_TEST_CASE(words_are_counted_on_any_number_of_partitions_in_any_order_of_arrival) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random{seed};
    program p;
    pipeline run{
        p.composed,
        {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed, .block_records = 1 + random() % 50}};
    std::map<std::int64_t, counts> expected;
    std::map<std::int64_t, counts> expected_so_far;
    counts total;
    // Batches are cut while earlier ones are still under way.
    for (auto n = 0; n < 6; ++n) {
      const auto lines = random_lines(random, random() % 4 == 0 ? 0 : random() % 200);
      run.feed(p.lines, 0, lines);
      const auto t = run.cut().ms();
      count_words(lines, expected[t]);
      count_words(lines, total);
      expected_so_far[t] = total;
      run.run_some(random() % 30);
    }
    run.run();
    BOOST_TEST_CONTEXT("seed " << seed) {
      BOOST_REQUIRE_EQUAL(p.by_batch->size(), 6U);
      for (const auto& [t, records] : *p.by_batch)
        BOOST_REQUIRE(as_map(records) == expected[t]);
      BOOST_REQUIRE_EQUAL(p.so_far->size(), 6U);
      for (const auto& [t, records] : *p.so_far)
        BOOST_REQUIRE(as_map(records) == expected_so_far[t]);
      BOOST_REQUIRE(std::ranges::is_sorted(run.done()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_program_that_recovers_after_any_batch_gives_what_it_would_have_given) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random{seed};
    std::vector<std::vector<std::string>> input(8);
    for (auto& lines : input)
      lines = random_lines(random, random() % 100);
    const auto partitions = 1 + static_cast<std::uint32_t>(seed % 3);

    program whole;
    pipeline first{whole.composed, {.partitions = partitions, .seed = seed}};
    for (const auto& lines : input) {
      first.feed(whole.lines, 0, lines);
      first.run_batch();
    }

    const auto committed = random() % input.size();
    const auto last = batch_time{1000} + static_cast<std::int64_t>(committed) * pipeline::interval;
    program again;
    pipeline second{again.composed, {.partitions = partitions, .seed = seed + 1, .first = last + pipeline::interval}};
    second.restore(first.updates(), last);
    for (auto n = committed + 1; n < input.size(); ++n) {
      second.feed(again.lines, 0, input[n]);
      second.run_batch();
    }
    BOOST_TEST_CONTEXT("seed " << seed) {
      BOOST_REQUIRE_EQUAL(again.so_far->size(), input.size() - committed - 1);
      for (const auto& [t, records] : *again.so_far) {
        BOOST_REQUIRE(as_map(records) == as_map(whole.so_far->at(t)));
        BOOST_REQUIRE(as_map(again.by_batch->at(t)) == as_map(whole.by_batch->at(t)));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
