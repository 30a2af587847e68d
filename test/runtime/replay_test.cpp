// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/replay.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;

namespace {

batch_again logged(int t, std::uint64_t first, std::uint64_t end) {
  return {batch_time{t}, {.first_block = first, .end_block = end, .is_logged = true}};
}

batch_again pulled(int t, std::uint64_t blocks, std::string position) {
  return {batch_time{t},
          {.first_block = 1, .end_block = 1 + blocks, .recipes = {"recipe"}, .position = std::move(position)}};
}

batch_again neither(int t, std::uint64_t blocks, std::string position = {}) {
  return {batch_time{t}, {.first_block = 1, .end_block = 1 + blocks, .position = std::move(position)}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(replay_suite)

BOOST_AUTO_TEST_CASE(without_batches_it_is_over_and_the_position_is_that_of_the_commit) {
  BOOST_TEST(replay{}.is_over());
  const replay none{{}, "here"};
  BOOST_TEST(none.is_over());
  BOOST_TEST(none.position() == "here");
}

BOOST_AUTO_TEST_CASE(blocks_of_the_log_come_under_their_numbers) {
  replay x{{logged(1000, 3, 5), logged(2000, 5, 5)}, {}};
  BOOST_TEST(x.time().ms() == 1000);
  BOOST_TEST((x.from() == replay::origin::log));
  BOOST_TEST(x.share().first_block == 3U);
  x.advance();
  BOOST_TEST(x.time().ms() == 2000);
  BOOST_TEST((x.from() == replay::origin::nowhere));
  x.advance();
  BOOST_TEST(x.is_over());
  BOOST_TEST(x.lost_blocks() == 0U);
}

BOOST_AUTO_TEST_CASE(a_source_gives_again_what_it_has_a_recipe_for_and_goes_on_behind_it) {
  replay x{{pulled(1000, 2, "a"), pulled(2000, 1, "b")}, "committed"};
  BOOST_TEST((x.from() == replay::origin::source));
  BOOST_TEST(x.share().position == "a");
  x.advance();
  BOOST_TEST(x.share().position == "b");
  BOOST_TEST(x.position() == "b");
}

BOOST_AUTO_TEST_CASE(a_batch_of_which_nothing_is_known_leaves_the_position_where_it_is) {
  const replay x{{{batch_time{1000}, {}}, pulled(2000, 1, "b"), {batch_time{3000}, {}}}, "committed"};
  BOOST_TEST(x.share().position == "committed");
  BOOST_TEST(x.position() == "b");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_given_again_is_not_passed_over_by_the_position) {
  // The source goes on before what it cannot give to the batch again: it comes in a later one.
  replay x{{pulled(1000, 2, "a"), neither(2000, 3, "b"), pulled(3000, 4, "c")}, "committed"};
  x.advance();
  BOOST_TEST((x.from() == replay::origin::nowhere));
  BOOST_TEST(x.share().position == "a");
  x.advance();
  BOOST_TEST((x.from() == replay::origin::nowhere));
  BOOST_TEST(x.position() == "a");
  BOOST_TEST(x.lost_blocks() == 7U);
}

BOOST_AUTO_TEST_SUITE_END()
