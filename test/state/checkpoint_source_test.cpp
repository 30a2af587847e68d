// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/log/checkpoint_source.hpp>

#include "log_fixtures.hpp"

#include <optional>

using namespace sluice;
using namespace sluice::test;
namespace fs = std::filesystem;

namespace {

kept_run must_open(const checkpoint_source& from) { return value_or_throw(from()); }

void commit(const kept_run& kept, std::int64_t t) { BOOST_TEST(!kept.checkpoint->commit({.time = batch_time{t}}, {})); }

/// The time of the last commit; 0 without one.
std::int64_t last_of(const kept_run& kept) {
  const auto& last = kept.checkpoint->last_commit();
  return last ? last->time.ms() : 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(checkpoint_source_)

BOOST_AUTO_TEST_CASE(what_was_committed_is_there_again) {
  const temporary_directory dir;
  for (const auto& open : {checkpoint_in_memory(), checkpoint_in(dir.path() / "checkpoint")}) {
    auto kept = must_open(open);
    BOOST_TEST(last_of(kept) == 0);
    commit(kept, 10);
    kept = {};
    kept = must_open(open);
    BOOST_TEST(last_of(kept) == 10);
    BOOST_TEST(!kept.blocks);
  }
}

BOOST_AUTO_TEST_CASE(a_directory_has_one_owner) {
  const temporary_directory dir;
  const auto open = checkpoint_in(dir.path());
  const auto kept = must_open(open);
  const auto refused = open();
  BOOST_REQUIRE(!refused);
  BOOST_TEST(is(refused.error(), ec::storage_locked));
}

BOOST_AUTO_TEST_CASE(two_checkpoints_in_memory_are_two) {
  const auto one = checkpoint_in_memory();
  const auto other = checkpoint_in_memory();
  commit(must_open(one), 10);
  BOOST_TEST(last_of(must_open(other)) == 0);
}

BOOST_AUTO_TEST_CASE(the_log_is_opened_with_its_checkpoint) {
  const temporary_directory dir;
  const auto open = checkpoint_in(dir.path(), {.makes_log = true});
  auto kept = must_open(open);
  BOOST_REQUIRE(kept.blocks);
  require_written(*kept.blocks, {.blocks = {block("lines", 1), block("lines", 2)},
                                 .allocations = {allocated(10, {{"lines", share(1, 2)}})}});
  kept = {};
  kept = must_open(open);
  BOOST_REQUIRE(kept.blocks);
  BOOST_TEST((pending_times(*kept.blocks) == std::vector<std::int64_t>{10}));
  BOOST_TEST(kept.blocks->next_block("lines") == 3U);
  const auto refused = open();
  BOOST_REQUIRE(!refused);
  BOOST_TEST(is(refused.error(), ec::storage_locked));
  kept = {};
  BOOST_TEST(must_open(checkpoint_in(dir.path())).blocks); // also for who would make none
}

BOOST_AUTO_TEST_CASE(who_does_not_accept_a_checkpoint_gets_no_log) {
  const temporary_directory dir;
  auto calls = 0;
  const auto open = checkpoint_in(dir.path(), {.accept = [&calls](checkpoint_log&) -> error {
                                                 if (++calls == 1)
                                                   return make_error(ec::checkpoint_mismatch, "another program");
                                                 return {};
                                               },
                                               .makes_log = true});
  const auto refused = open();
  BOOST_REQUIRE(!refused);
  BOOST_TEST(is(refused.error(), ec::checkpoint_mismatch));
  BOOST_TEST(!fs::exists(dir.path() / "blocks"));
  BOOST_TEST(must_open(open).blocks);
  must_open(open);
  BOOST_TEST(calls == 3);
}

BOOST_AUTO_TEST_CASE(going_back_holds_until_something_has_been_written) {
  const temporary_directory dir;
  {
    const auto kept = must_open(checkpoint_in(dir.path()));
    kept.checkpoint->keep_versions({.count = 5});
    for (const auto t : {10, 20, 30})
      commit(kept, t);
  }
  const auto open = checkpoint_in(dir.path(), {.at = batch_time{15}});
  BOOST_TEST(last_of(must_open(open)) == 10);
  BOOST_TEST(last_of(must_open(open)) == 10); // an epoch that failed before its first commit
  commit(must_open(open), 40);
  BOOST_TEST(last_of(must_open(open)) == 40);
}

BOOST_AUTO_TEST_SUITE_END()
