// SPDX-License-Identifier: BSD-3-Clause
// What a backup that was restored by half, or put together from two, is taken for: never for a good checkpoint, and
// nothing of it is erased.
#include "checkpoint_fixtures.hpp"

#include <sluice/state/checkpoint/checkpoint_directory.hpp>

#include <functional>

using namespace sluice;
using namespace sluice::test;
namespace fs = std::filesystem;

namespace {

const state_id counts_0 = id_of("counts", 0);

using entries = std::map<std::string, std::string>;

entries files_of(const fs::path& dir) {
  entries result;
  for (const auto& x : fs::recursive_directory_iterator{dir})
    result[fs::relative(x.path(), dir).string()] = x.is_directory() ? "" : std::to_string(x.file_size());
  return result;
}

/// A checkpoint in `dir` with one commit, which has a base and a delta.
void write_checkpoint(const fs::path& dir) {
  auto c = value_or_throw(checkpoint_directory::open(dir, small_map()));
  require_ok(c->log().declare({"counts", 1, "schema"}));
  require_ok(c->log().commit(commit_at(2), views({base(counts_0, 1, {"A"}), delta(counts_0, 2, {"a"})})));
}

void check_whole(const fs::path& dir) {
  const auto c = value_or_throw(checkpoint_directory::open(dir, small_map()));
  BOOST_CHECK((load(c->log(), counts_0) == shown{"base 1 A", "delta 2 a"}));
}

/// Checks that the checkpoint is refused with these words, and that the refusal creates and erases no file.
void check_refused(const fs::path& dir, const std::vector<std::string>& words) {
  const auto before = files_of(dir);
  const auto c = checkpoint_directory::open(dir, small_map());
  BOOST_REQUIRE_MESSAGE(!c, "the checkpoint was opened");
  const auto why = describe(c.error());
  BOOST_TEST_MESSAGE(why);
  for (const auto& word : words)
    BOOST_TEST(why.find(word) != std::string::npos, why);
  BOOST_TEST(why.find(dir.string()) != std::string::npos, why);
  BOOST_TEST(why.find("from the same backup") != std::string::npos, why);
  BOOST_CHECK(files_of(dir) == before);
}

/// Two checkpoints, side by side, and a place to move parts of them to.
struct fixture {
  temporary_directory place;
  fs::path one = place.path() / "one";
  fs::path two = place.path() / "two";
  fs::path away = place.path() / "away";

  fixture() {
    write_checkpoint(one);
    write_checkpoint(two);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(checkpoint_identity_suite, fixture)

BOOST_AUTO_TEST_CASE(a_checkpoint_that_lacks_one_half_is_refused_and_is_whole_again_with_it) {
  for (const auto& [missing, left] : {std::pair{"log", "snapshots"}, std::pair{"snapshots", "log"}}) {
    const std::vector<std::string> words{"half of the checkpoint", "'" + std::string{left} + "' is there",
                                         "'" + std::string{missing} + "' is not there or empty"};
    fs::rename(one / missing, away);
    check_refused(one, words);
    fs::create_directory(one / missing);
    check_refused(one, words);
    fs::remove(one / missing);
    fs::rename(away, one / missing);
    check_whole(one);
  }
}

BOOST_AUTO_TEST_CASE(a_half_in_which_there_is_nothing_is_as_bad_as_none) {
  for (const auto* missing : {"log", "snapshots"}) {
    fs::rename(one / missing, away);
    value_or_throw(lmdb_store::open(one / missing, small_map()));
    check_refused(one, {"half of the checkpoint", "'" + std::string{missing} + "' is not there or empty"});
    fs::remove_all(one / missing);
    fs::rename(away, one / missing);
    check_whole(one);
  }
}

BOOST_AUTO_TEST_CASE(halves_of_two_checkpoints_are_told_apart) {
  fs::rename(one / "log", away);
  fs::rename(two / "log", one / "log");
  check_refused(one, {"two different checkpoints"});
  fs::rename(one / "log", two / "log");
  fs::rename(away, one / "log");
  check_whole(one);
  check_whole(two);
}

BOOST_AUTO_TEST_CASE(halves_in_each_others_place_are_told) {
  fs::rename(one / "log", away);
  fs::rename(one / "snapshots", one / "log");
  fs::rename(away, one / "snapshots");
  check_refused(one, {"/log' holds the snapshots of a checkpoint"});
  fs::rename(two / "snapshots", away);
  fs::copy(two / "log", two / "snapshots");
  check_refused(two, {"/snapshots' holds the log of a checkpoint"});
}

BOOST_AUTO_TEST_CASE(a_store_that_is_none_of_a_checkpoint_is_refused) {
  fs::remove_all(one / "snapshots");
  {
    const auto other = value_or_throw(lmdb_store::open(one / "snapshots", small_map()));
    write_batch batch;
    batch.put("key", as_bytes("value"));
    require_ok(other->apply(batch));
  }
  check_refused(one, {"/snapshots' does not say to which checkpoint it belongs"});
}

BOOST_AUTO_TEST_CASE(a_beginning_that_was_interrupted_at_any_write_begins_again) {
  for (const auto when : {fault_plan::moment::before, fault_plan::moment::after})
    for (std::size_t n = 1; n <= 2; ++n) {
      memory_store log_store;
      memory_store snapshot_store;
      {
        fault_plan plan{.fail_at = n, .when = when};
        fault_store faulty_log{"log", log_store, plan};
        fault_store faulty_snapshots{"snapshots", snapshot_store, plan};
        BOOST_CHECK(!checkpoint_log::open(faulty_log, faulty_snapshots));
      }
      auto log = value_or_throw(checkpoint_log::open(log_store, snapshot_store));
      require_ok(log.declare({"counts", 1, "schema"}));
      require_ok(log.commit(commit_at(1), views({base(counts_0, 1, {"A"})})));
      const auto again = value_or_throw(checkpoint_log::open(log_store, snapshot_store));
      BOOST_CHECK((load(again, counts_0) == shown{"base 1 A"}));
    }
}

BOOST_AUTO_TEST_CASE(an_older_log_beside_newer_snapshots_is_an_error_or_its_own_commit_and_erases_nothing) {
  memory_store log_store;
  memory_store snapshot_store;
  auto log = value_or_throw(checkpoint_log::open(log_store, snapshot_store));
  require_ok(log.declare({"counts", 1, "schema"}));
  require_ok(log.commit(commit_at(1), views({base(counts_0, 1, {"A"})})));
  auto older_log = log_store;
  auto older_snapshots = snapshot_store;
  require_ok(log.commit(commit_at(2), views({base(counts_0, 2, {"B"})})));
  for (auto* mixed : {&older_log, &log_store}) {
    auto& with = mixed == &older_log ? snapshot_store : older_snapshots;
    const auto before = contents(with);
    const auto found = value_or_throw(checkpoint_log::open(*mixed, with));
    const auto err = found.load(counts_0, [](auto...) { return error{}; });
    BOOST_CHECK(is(err, ec::storage_failed));
    BOOST_CHECK(contents(with) == before);
  }
}

BOOST_AUTO_TEST_SUITE_END()
