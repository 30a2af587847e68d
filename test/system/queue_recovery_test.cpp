// SPDX-License-Identifier: BSD-3-Clause
//
// A program that reads a persistent queue dies again and again: real processes, a real directory, kill -9.
#include "programs.hpp"

#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using namespace sluice::test;

BOOST_AUTO_TEST_SUITE(queue_recovery)

BOOST_AUTO_TEST_CASE(every_set_counts_exactly_once_however_often_the_process_is_killed) {
  constexpr auto sets = 300;
  const temporary_directory checkpoint;
  word_counts expected;
  for (auto i = 0; i < sets; ++i)
    expected[std::to_string(i)] = 3;
  const arguments given{std::to_string(sets), checkpoint.path().string(), "--interval", "20ms"};
  std::mt19937 random{11};
  std::size_t before = 0;
  for (auto life = 0; life < 6; ++life) {
    const auto shared_syncs = life % 2 == 1 ? arguments{"--checkpoint-interval", "3"} : arguments{};
    program it{"queue_totals", given + shared_syncs};
    // A first process that dies before its first commit leaves nothing to go on from.
    BOOST_TEST_REQUIRE(it.wait_for_batch_count(10 + random() % 6), it.err());
    BOOST_TEST(!it.wait(std::chrono::milliseconds{random() % 20}).has_value());
    it.signal(SIGKILL);
    BOOST_TEST((it.wait(patience) == exit_status{-1, SIGKILL}));
    const auto seen = counts_of(it.batches().back()).size();
    BOOST_TEST(seen > before);
    BOOST_TEST(seen < std::size_t{sets}); // some still wait
    before = seen;
  }
  program it{"queue_totals", given};
  const auto all_are_there = [](const auto& batches) {
    return !batches.empty() && counts_of(batches.back()).size() == std::size_t{sets};
  };
  BOOST_TEST(it.wait_for_batches(all_are_there), it.err());
  BOOST_TEST((it.stop() == stopped_as_asked), it.err());
  BOOST_TEST((counts_of(it.batches().back()) == expected));
}

BOOST_AUTO_TEST_SUITE_END()
