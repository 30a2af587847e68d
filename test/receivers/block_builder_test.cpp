// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/receiver/block_builder.hpp>

#include "../support/sleeper.hpp"
#include "records.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <ranges>
#include <string>
#include <thread>

#include <sluice/actors/base/errors.hpp>

using namespace sluice;
using sluice::test::records_of;

namespace {

using number = std::int64_t;
using numbers = std::vector<number>;

/// A block generator, its gate, and what it handed on.
struct fixture {
  explicit fixture(std::size_t block_bytes = 64, std::uint64_t credit = 1'000'000)
      : generator{{block_bytes, [this](batch x) { take(std::move(x)); }, [this] { end(); },
                   [this](std::uint64_t block, std::string tag) { marks.emplace_back(block, std::move(tag)); }},
                  gate} {
    gate.release(credit);
  }

  void take(batch x) {
    blocks.push_back(std::move(x));
    ++cut;
    cut.notify_all();
  }
  void end() {
    ended_after = blocks.size();
    ++ends;
    ends.notify_all();
  }
  static void await(std::atomic<std::size_t>& counter, std::size_t value) {
    for (auto now = counter.load(); now < value; now = counter.load())
      counter.wait(now);
  }
  numbers records() const { return records_of<number>(blocks); }

  credit_gate gate;
  std::vector<batch> blocks; // written under the generator's lock
  std::vector<std::pair<std::uint64_t, std::string>> marks;
  std::size_t ended_after = 0;
  std::atomic<std::size_t> cut = 0;
  std::atomic<std::size_t> ends = 0;
  block_builder<number> generator;
};

numbers upto(number n) {
  numbers result(static_cast<std::size_t>(n));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(block_builder_)

BOOST_AUTO_TEST_CASE(a_block_is_cut_at_the_size_limit) {
  fixture x{64}; // eight numbers
  for (number i = 0; i < 20; ++i)
    BOOST_TEST(x.generator.store(i));
  BOOST_TEST(x.blocks.size() == 2U);
  BOOST_TEST(x.blocks[0].count() == 8U);
  x.generator.cut();
  BOOST_TEST(x.blocks.size() == 3U);
  BOOST_TEST(x.records() == upto(20), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nothing_stored_makes_no_block) {
  fixture x;
  x.generator.cut();
  BOOST_TEST(x.blocks.empty());
  x.generator.store(1);
  x.generator.cut();
  x.generator.cut();
  BOOST_TEST(x.blocks.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_block_is_charged_before_it_is_handed_on) {
  credit_gate gate;
  gate.release(1);
  auto had_credit = true;
  std::uint64_t size = 0;
  block_builder<number> generator{{64,
                                   [&](const batch& x) {
                                     had_credit = gate.has_credit();
                                     size = x.bytes().size();
                                   }},
                                  gate};
  generator.store(7);
  generator.cut();
  BOOST_TEST(!had_credit);
  gate.release(size - 1);
  BOOST_TEST(!gate.has_credit());
  gate.release(1);
  BOOST_TEST(gate.has_credit());
}

BOOST_AUTO_TEST_CASE(a_range_is_stored_in_order_across_blocks) {
  fixture x{64};
  BOOST_TEST(x.generator.store_all(upto(50)));
  BOOST_TEST(x.generator.store_all(std::views::iota(number{50}, number{100})));
  x.generator.cut();
  BOOST_TEST(x.records() == upto(100), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(texts_and_flags_are_stored_from_what_is_like_them) {
  credit_gate gate;
  gate.release(1000);
  std::vector<batch> blocks;
  const auto keep = [&blocks](batch x) { blocks.push_back(std::move(x)); };
  block_builder<std::string_view> texts{{64, keep}, gate};
  texts.store_all(std::vector<std::string>{"a", "", "c"});
  texts.cut();
  BOOST_TEST(records_of<std::string_view>(blocks) == (std::vector<std::string>{"a", "", "c"}),
             boost::test_tools::per_element());
  blocks.clear();
  block_builder<bool> flags{{64, keep}, gate};
  flags.store_all(std::vector<bool>{true, false});
  flags.cut();
  BOOST_TEST((records_of<bool>(blocks) == std::vector<bool>{true, false}));
}

BOOST_AUTO_TEST_CASE(who_stores_without_credit_waits_for_it) {
  fixture x{64, 1};
  std::thread storing{[&x] {
    for (number i = 0; i < 16; ++i)
      x.generator.store(i);
  }};
  fixture::await(x.cut, 1); // that block used up more than the credit
  BOOST_TEST(x.gate.must_wait());
  x.generator.cut(); // never waits, and finds nothing: nobody gets past the gate
  BOOST_TEST(x.cut == 1U);
  x.gate.release(1000);
  storing.join();
  BOOST_TEST(x.records() == upto(16), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_range_longer_than_the_credit_waits_in_the_middle_and_lets_others_cut) {
  fixture x{64, 1};
  std::thread storing{[&x] { x.generator.store_all(upto(1000)); }};
  for (std::size_t blocks = 1; blocks < 125; ++blocks) {
    fixture::await(x.cut, blocks);
    x.generator.cut();
    BOOST_TEST(x.cut == blocks);
    BOOST_TEST(x.gate.must_wait());
    x.gate.quiet();
    x.gate.release(x.blocks.back().bytes().size()); // back to one byte: for one more block
  }
  storing.join();
  BOOST_TEST(!x.gate.is_quiet()); // though it was when the call that stored the rest began to wait
  BOOST_TEST(x.records() == upto(1000), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(never_more_than_one_block_beyond_the_credit) {
  constexpr std::uint64_t credit = 1000;
  constexpr auto threads = 4;
  constexpr number each = 2000;
  credit_gate gate;
  std::int64_t left = credit; // under the generator's lock, but for what the main thread gives back
  std::atomic<std::size_t> given = 0;
  std::atomic<std::size_t> taken = 0;
  std::int64_t lowest = 0;
  std::int64_t largest = 0;
  std::size_t records = 0;
  block_builder<number> generator{{128,
                                   [&](const batch& x) {
                                     const auto size = x.bytes().size();
                                     taken += size;
                                     const auto now =
                                         static_cast<std::int64_t>(given) - static_cast<std::int64_t>(taken);
                                     lowest = std::min(lowest, left + now);
                                     largest = std::max(largest, static_cast<std::int64_t>(size));
                                     records += x.count();
                                     taken.notify_all();
                                   }},
                                  gate};
  gate.release(credit);
  std::atomic<int> running = threads;
  std::vector<std::thread> storing;
  for (auto i = 0; i < threads; ++i)
    storing.emplace_back([&, i] {
      for (number n = 0; n < each; n += 5)
        if (i % 2 == 0)
          generator.store_all(numbers{n, n, n, n, n});
        else
          for (auto k = 0; k < 5; ++k)
            generator.store(n);
      if (--running == 0)
        generator.cut();
    });
  while (running > 0) {
    const std::size_t back = taken - given;
    given += back;
    gate.release(back);
    std::this_thread::yield();
  }
  for (auto& thread : storing)
    thread.join();
  generator.cut();
  BOOST_TEST(records == threads * each);
  BOOST_TEST(lowest > -largest);
}

BOOST_AUTO_TEST_CASE(storing_without_waiting_says_when_credit_is_used_up) {
  fixture x{64, 1};
  for (number i = 0; i < 7; ++i)
    BOOST_TEST((x.generator.store_now(i) == intake::open));
  BOOST_TEST((x.generator.store_now(7) == intake::full));
  BOOST_TEST((x.generator.store_now(8) == intake::full));
  x.gate.release(1000);
  BOOST_TEST((x.generator.store_now(9) == intake::open));
  x.generator.finish();
  BOOST_TEST((x.generator.store_now(10) == intake::closed));
  BOOST_TEST(x.records() == upto(10), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(finish_cuts_the_last_block_and_refuses_more) {
  fixture x;
  x.generator.store(0);
  x.generator.finish();
  BOOST_TEST(x.ends == 1U);
  BOOST_TEST(x.ended_after == 1U);
  BOOST_TEST(!x.generator.store(1));
  BOOST_TEST(!x.generator.store_all(numbers{1, 2}));
  x.generator.cut();
  x.generator.finish();
  BOOST_TEST(x.ends == 1U);
  BOOST_TEST(x.records() == upto(1), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(finish_waits_for_what_is_being_stored) {
  fixture x{64, 1};
  auto accepted = false;
  std::thread storing{[&] { accepted = x.generator.store_all(upto(100)); }};
  fixture::await(x.cut, 1);
  x.generator.finish(); // returns although the call above is in the middle of its records
  BOOST_TEST(x.ends == 0U);
  BOOST_TEST(!x.generator.store(100));
  x.gate.lift();
  fixture::await(x.ends, 1);
  storing.join();
  BOOST_TEST(accepted);
  BOOST_TEST(x.ended_after == x.blocks.size());
  BOOST_TEST(x.records() == upto(100), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_record_too_large_throws_and_leaves_the_others) {
  credit_gate gate;
  gate.release(1000);
  std::vector<batch> blocks;
  std::size_t ends = 0;
  block_builder<std::string> generator{
      {default_block_bytes, [&](batch x) { blocks.push_back(std::move(x)); }, [&ends] { ++ends; }}, gate};
  const std::string large(max_record_bytes, 'x');
  generator.store("before");
  BOOST_CHECK_THROW(generator.store(large), std::length_error);
  BOOST_CHECK_THROW(generator.store_all(std::vector<std::string>{"among", large, "never"}), std::length_error);
  generator.store("after");
  generator.finish();
  BOOST_TEST(ends == 1U); // also the calls that threw have ended
  BOOST_TEST(records_of<std::string>(blocks) == (std::vector<std::string>{"before", "among", "after"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_mark_goes_with_the_block_of_the_records_before_it) {
  fixture x{64};
  x.generator.mark("nothing yet");
  BOOST_TEST(x.marks.back().first == 0U);
  x.generator.store(0);
  x.generator.mark("zero");
  x.generator.store(1);
  x.generator.mark("one");
  BOOST_TEST(x.marks.size() == 1U);
  x.generator.store_all(upto(8)); // ends the block, and begins the next one
  BOOST_TEST_REQUIRE(x.marks.size() == 2U);
  BOOST_TEST(x.marks.back().first == 1U);
  BOOST_TEST(x.marks.back().second == "one");
  x.generator.cut();
  BOOST_TEST(x.marks.size() == 2U);
  x.generator.mark("all");
  BOOST_TEST(x.marks.back().first == 2U);
}

BOOST_AUTO_TEST_CASE(storing_can_cut_right_behind_and_counts_the_blocks) {
  fixture x{64}; // eight numbers
  BOOST_TEST((x.generator.store_and_cut(upto(3)) == 1U));
  BOOST_TEST((x.generator.store_and_cut(numbers{}) == 1U));
  x.generator.store(3);
  BOOST_TEST((x.generator.store_and_cut(upto(20)) == 4U));
  BOOST_TEST(x.cut == 4U);
  BOOST_TEST((x.generator.store_block(make_batch<number>(upto(2))) == 5U));
  x.generator.finish();
  BOOST_TEST(!x.generator.store_and_cut(upto(3)).has_value());
  BOOST_TEST(x.cut == 5U);
}

BOOST_AUTO_TEST_CASE(block_sizes_that_cannot_be_are_refused) {
  credit_gate gate;
  BOOST_CHECK_THROW((block_builder<number>{{0, [](const batch&) {}}, gate}), usage_error);
  BOOST_CHECK_THROW((block_builder<number>{{max_batch_bytes, [](const batch&) {}}, gate}), usage_error);
}

BOOST_AUTO_TEST_CASE(a_block_that_was_made_elsewhere_follows_what_was_stored_before_and_is_charged) {
  fixture x{1000, 100};
  const auto made = make_batch<number>(upto(100));
  BOOST_TEST(x.generator.store(-1));
  BOOST_TEST(x.generator.store_block(made).has_value());
  BOOST_TEST_REQUIRE(x.blocks.size() == 2U);
  BOOST_TEST(records_of<number>({x.blocks[0]}) == (numbers{-1}), boost::test_tools::per_element());
  BOOST_TEST((x.blocks[1] == made));
  // It has used up the credit: the next one waits for more.
  auto accepted = false;
  test::sleeper storing{[&] { accepted = x.generator.store_block(made).has_value(); }};
  BOOST_TEST(!x.gate.has_credit());
  BOOST_TEST(storing.waits());
  x.gate.release(10'000);
  storing.join();
  BOOST_TEST(accepted);
  BOOST_TEST(x.blocks.size() == 3U);
  x.generator.finish();
  BOOST_TEST(!x.generator.store_block(made).has_value());
  BOOST_TEST(x.blocks.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
