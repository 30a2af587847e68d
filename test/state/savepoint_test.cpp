// SPDX-License-Identifier: BSD-3-Clause
#include "checkpoint_fixtures.hpp"

#include <sluice/state/checkpoint/checkpoint_directory.hpp>
#include <sluice/state/checkpoint/savepoint.hpp>

#include <atomic>
#include <fstream>
#include <thread>

using namespace sluice;
using namespace sluice::test;
namespace fs = std::filesystem;

namespace {

const state_id counts_0 = id_of("counts", 0);
const state_id counts_1 = id_of("counts", 1);

/// A checkpoint in memory, and a place for copies.
struct fixture {
  memory_store log_store;
  memory_store snapshot_store;
  checkpoint_log log = value_or_throw(checkpoint_log::open(log_store, snapshot_store));
  temporary_directory place;
  fs::path target = place.path() / "below" / "copy";

  void commit_some() {
    require_ok(log.declare({"counts", 2, "schema"}));
    require_ok(log.commit(commit_at(2), views({base(counts_0, 1, {"A", "B"}), delta(counts_0, 2, {"2"})})));
    require_ok(log.commit(commit_at(4), views({partial(counts_0, 3, {"P"}), delta(counts_0, 4, {"4", "four"}),
                                               delta(counts_1, 4, {std::string(3'000'000, 'x')})})));
  }

  std::string refusal(const fs::path& dir) {
    const auto copied = write_savepoint(log, dir, small_map());
    BOOST_TEST(!copied);
    return copied ? std::string{} : describe(copied.error());
  }

  /// The names in the directory of the target.
  std::size_t names() const {
    const auto dir = target.parent_path();
    return fs::exists(dir) ? static_cast<std::size_t>(std::distance(fs::directory_iterator{dir}, {})) : 0;
  }
};

void check_equal(const checkpoint_log& a, const checkpoint_log& b) {
  BOOST_CHECK(a.last_commit() == b.last_commit());
  BOOST_CHECK(a.operators() == b.operators());
  for (const auto& id : {counts_0, counts_1})
    BOOST_CHECK(load(a, id) == load(b, id));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(savepoint, fixture)

BOOST_AUTO_TEST_CASE(a_savepoint_is_a_whole_checkpoint_that_can_be_moved_and_goes_on_by_itself) {
  commit_some();
  BOOST_CHECK((value_or_throw(write_savepoint(log, target, small_map())) == batch_time{4}));
  BOOST_TEST(names() == 1U);
  const auto moved = place.path() / "moved";
  fs::rename(target, moved);
  {
    const auto copy = value_or_throw(checkpoint_directory::open(moved, small_map()));
    check_equal(copy->log(), log);
    require_ok(copy->log().declare({"counts", 2, "schema"}));
    require_ok(copy->log().commit(commit_at(5), views({delta(counts_0, 5, {"5"})})));
  }
  const auto copy = value_or_throw(checkpoint_directory::open(moved, small_map()));
  BOOST_CHECK((load(copy->log(), counts_0)
               == shown{"base 1 A", "base 1 B", "partial 3 P", "delta 4 4", "delta 4 four", "delta 5 5"}));
  BOOST_TEST(load(log, counts_0).size() == 5U);
}

BOOST_AUTO_TEST_CASE(a_savepoint_goes_into_an_empty_directory_and_into_no_other) {
  commit_some();
  fs::create_directories(target);
  BOOST_CHECK(write_savepoint(log, target, small_map()));
  const auto again = refusal(target);
  BOOST_TEST(again.find("there is something at that place") != std::string::npos, again);
  check_equal(value_or_throw(checkpoint_directory::open(target, small_map()))->log(), log);
  const auto file = place.path() / "file";
  std::ofstream{file} << "text";
  BOOST_TEST(refusal(file).find(file.string()) != std::string::npos);
  BOOST_TEST(refusal(file / "copy").find(file.string()) != std::string::npos);
  BOOST_TEST(refusal("/proc/copy").find("/proc/copy") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_commit_there_is_no_savepoint) {
  BOOST_TEST(refusal(target).find("nothing has been committed yet") != std::string::npos);
  BOOST_TEST(names() == 0U);
}

BOOST_AUTO_TEST_CASE(a_savepoint_that_fails_leaves_nothing_behind) {
  commit_some();
  write_batch batch;
  for (const auto& [key, value] : contents(log_store, "delta"))
    batch.erase(key);
  require_ok(log_store.apply(batch));
  BOOST_TEST(refusal(target).find("is damaged") != std::string::npos);
  BOOST_TEST(names() == 0U);
}

BOOST_AUTO_TEST_CASE(a_copy_is_that_of_one_commit_however_many_come_meanwhile) {
  require_ok(log.declare({"counts", 2, "schema"}));
  const auto commit_next = [this](std::int64_t t) {
    const auto guard = log.lock();
    std::vector<change> changes{delta(counts_0, t, {std::to_string(t)}), delta(counts_1, t, {std::to_string(t)})};
    if (t % 5 == 0)
      changes.push_back(base(counts_1, t, {std::to_string(t * (t + 1) / 2)}));
    require_ok(log.commit(commit_at(t), views(changes)));
  };
  for (std::int64_t t = 1; t <= 20; ++t)
    commit_next(t);
  std::atomic<bool> over{false};
  std::vector<batch_time> copied;
  std::thread copies{[&] {
    for (int i = 0; i < 5; ++i)
      if (auto done = write_savepoint(log, target / std::to_string(i), small_map()))
        copied.push_back(*done);
    over = true;
  }};
  for (std::int64_t t = 21; !over; ++t)
    commit_next(t);
  copies.join();
  BOOST_TEST_REQUIRE(copied.size() == 5U);
  for (int i = 0; i < 5; ++i) {
    const auto copy = value_or_throw(checkpoint_directory::open(target / std::to_string(i), small_map()));
    const auto t = copied[static_cast<std::size_t>(i)].ms();
    BOOST_CHECK(copy->log().last_commit() == commit_at(t));
    for (const auto& id : {counts_0, counts_1}) {
      std::int64_t sum = 0;
      require_ok(copy->log().load(id, [&sum](change_kind, batch_time, bytes_view blob) {
        sum += std::stoll(as_text(blob));
        return error{};
      }));
      BOOST_TEST(sum == t * (t + 1) / 2);
    }
  }
  const auto guard = log.lock();
  require_ok(log.commit(commit_at(log.last_commit()->time.ms() + 1), {}));
  BOOST_TEST(log.versions().size() == 1U); // nothing is pinned any more
}

BOOST_AUTO_TEST_SUITE_END()
