// SPDX-License-Identifier: BSD-3-Clause
// A log is opened beside its own checkpoint, and beside no other.
#include <sluice/state/log/log_directory.hpp>

#include "log_fixtures.hpp"

using namespace sluice;
using namespace sluice::test;
namespace fs = std::filesystem;

namespace {

expected<std::unique_ptr<log_directory>> open_log(const fs::path& dir) {
  const auto checkpoint = value_or_throw(checkpoint_directory::open(dir, small_map()));
  return log_directory::open(*checkpoint, small_map());
}

commit_record commit_at(std::int64_t t) { return {.time = batch_time{t}, .batches = 1, .epoch_number = 1}; }

void write_checkpoint(const fs::path& dir, std::int64_t time = 1) {
  const auto checkpoint = value_or_throw(checkpoint_directory::open(dir, small_map()));
  require_ok(checkpoint->log().commit(commit_at(time), {}));
}

/// A checkpoint with a commit, and a log with a block.
void write_both(const fs::path& dir) {
  write_checkpoint(dir);
  require_written(value_or_throw(open_log(dir))->log(), {.blocks = {block("lines", 1)}});
}

void check_whole(const fs::path& dir) {
  const auto log = value_or_throw(open_log(dir));
  BOOST_TEST(read_all(log->log(), "lines").size() == 1U);
}

void check_refused(const fs::path& dir, std::string_view words) {
  const auto log = open_log(dir);
  BOOST_REQUIRE_MESSAGE(!log, "the log was opened");
  const auto why = describe(log.error());
  BOOST_TEST_MESSAGE(why);
  BOOST_TEST(why.find(words) != std::string::npos, why);
  BOOST_TEST(why.find(dir.string()) != std::string::npos, why);
  BOOST_TEST(why.find("from the same backup") != std::string::npos, why);
}

struct fixture {
  temporary_directory place;
  fs::path one = place.path() / "one";
  fs::path two = place.path() / "two";
  fs::path away = place.path() / "away";
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(log_directory_suite, fixture)

BOOST_AUTO_TEST_CASE(a_checkpoint_without_a_log_gets_one_and_keeps_it) {
  write_checkpoint(one);
  {
    const auto checkpoint = value_or_throw(checkpoint_directory::open(one, small_map()));
    BOOST_TEST(!value_or_throw(checkpoint->has_blocks()));
  }
  value_or_throw(open_log(one));
  write_both(two);
  check_whole(two);
  const auto checkpoint = value_or_throw(checkpoint_directory::open(one, small_map()));
  BOOST_TEST(value_or_throw(checkpoint->has_blocks()));
  BOOST_CHECK(checkpoint->log().last_commit()->time == batch_time{1});
}

BOOST_AUTO_TEST_CASE(a_log_that_is_missing_or_empty_is_refused_and_not_made_anew) {
  write_both(one);
  fs::rename(one / "blocks", away);
  check_refused(one, "'blocks' is not there or empty");
  BOOST_TEST(!fs::exists(one / "blocks"));
  value_or_throw(lmdb_store::open(one / "blocks", small_map()));
  check_refused(one, "'blocks' is not there or empty");
  fs::remove_all(one / "blocks");
  fs::rename(away, one / "blocks");
  check_whole(one);
}

BOOST_AUTO_TEST_CASE(the_log_of_another_checkpoint_is_refused) {
  write_both(one);
  write_both(two);
  fs::rename(one / "blocks", away);
  fs::rename(two / "blocks", one / "blocks");
  check_refused(one, "two different checkpoints");
  write_checkpoint(place.path() / "three");
  fs::rename(one / "blocks", place.path() / "three" / "blocks");
  check_refused(place.path() / "three", "two different checkpoints");
  fs::rename(away, one / "blocks");
  check_whole(one);
}

BOOST_AUTO_TEST_CASE(a_log_with_blocks_that_its_checkpoint_does_not_know_is_refused) {
  write_checkpoint(one);
  fs::copy(one, away, fs::copy_options::recursive);
  require_written(value_or_throw(open_log(one))->log(), {.blocks = {block("lines", 1)}});
  fs::copy(one / "blocks", away / "blocks", fs::copy_options::recursive);
  check_refused(away, "two backups of one");
}

BOOST_AUTO_TEST_CASE(a_store_of_something_else_is_refused) {
  write_checkpoint(one);
  write_checkpoint(two);
  fs::copy(two / "snapshots", one / "blocks");
  check_refused(one, "/blocks' does not say to which checkpoint it belongs");
  fs::remove_all(one / "blocks");
  fs::copy(one / "log", one / "blocks");
  check_refused(one, "/blocks' holds the log of a checkpoint");
}

BOOST_AUTO_TEST_CASE(a_beginning_that_was_interrupted_at_any_write_goes_on) {
  for (const auto when : {fault_plan::moment::before, fault_plan::moment::after})
    for (std::size_t n = 1; n <= 2; ++n) {
      memory_store log_store;
      memory_store snapshots;
      memory_store blocks;
      require_ok(join_stores(log_store, snapshots, new_identity()));
      {
        fault_plan plan{.fail_at = n, .when = when};
        fault_store faulty_log{"log", log_store, plan};
        fault_store faulty_blocks{"blocks", blocks, plan};
        BOOST_CHECK(join_blocks(faulty_log, faulty_blocks));
      }
      require_ok(join_blocks(log_store, blocks));
      BOOST_TEST(value_or_throw(has_blocks(log_store)));
      require_ok(join_blocks(log_store, blocks));
      require_ok(join_stores(log_store, snapshots, new_identity()));
      memory_store others;
      BOOST_CHECK(is(join_blocks(log_store, others), ec::storage_failed));
    }
}

BOOST_AUTO_TEST_CASE(a_log_can_be_kept_without_its_directory_object) {
  write_both(one);
  const auto log = share_log(value_or_throw(open_log(one)));
  BOOST_TEST(read_all(*log, "lines").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
