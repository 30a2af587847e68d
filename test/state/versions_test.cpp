// SPDX-License-Identifier: BSD-3-Clause
// What a checkpoint can go back to, and what it falls back to: always a whole commit, and never without a word.
#include "checkpoint_fixtures.hpp"

#include <sluice/state/checkpoint/checkpoint_keys.hpp>
#include <sluice/state/checkpoint/versions.hpp>

#include <boost/mpl/list.hpp>

using namespace sluice;
using namespace sluice::test;

namespace {

using backends = boost::mpl::list<memory_backend, lmdb_backend>;

const state_id counts_0 = id_of("counts", 0);
const state_id counts_1 = id_of("counts", 1);

std::vector<batch_time> at(std::initializer_list<std::int64_t> ms) {
  std::vector<batch_time> result;
  for (const auto t : ms)
    result.emplace_back(t);
  return result;
}

std::string choice(const kept_versions& how, const std::vector<batch_time>& times, std::int64_t last) {
  std::string result;
  for (const bool kept : choose_kept(how, times, batch_time{last}))
    result += kept ? 'x' : '-';
  return result;
}

/// Commits 1 to 5 of one state, with a base at 2, and a partial snapshot at 4.
void write_history(checkpoint_log& log) {
  require_ok(log.declare({"counts", 2, "schema"}));
  require_ok(log.commit(commit_at(1), views({delta(counts_0, 1, {"1"}), delta(counts_1, 1, {"one"})})));
  require_ok(log.commit(commit_at(2), views({base(counts_0, 2, {"12"})})));
  require_ok(log.commit(commit_at(3), views({delta(counts_0, 3, {"3"})})));
  require_ok(log.commit(commit_at(4), views({partial(counts_0, 4, {"34"})})));
  require_ok(log.commit(commit_at(5), views({delta(counts_0, 5, {"5"}), delta(counts_1, 5, {"five"})})));
}

const std::map<std::int64_t, shown> history_of_counts{{1, {"delta 1 1"}},
                                                      {2, {"base 2 12"}},
                                                      {3, {"base 2 12", "delta 3 3"}},
                                                      {4, {"base 2 12", "partial 4 34"}},
                                                      {5, {"base 2 12", "partial 4 34", "delta 5 5"}}};

void erase(keyed_store& store, const std::string& key) {
  write_batch batch;
  batch.erase(key);
  require_ok(store.apply(batch));
}

/// The stores of a checkpoint with the history in it.
struct fixture {
  memory_store log;
  memory_store snapshots;
  std::string warnings;

  fixture() {
    auto c = value_or_throw(checkpoint_log::open(log, snapshots));
    c.keep_versions({.count = 4});
    write_history(c);
  }

  expected<checkpoint_log> open(std::optional<batch_time> t = {}) {
    warnings.clear();
    const log_capture captured{warnings};
    return checkpoint_log::open(log, snapshots, new_identity(), t);
  }

  void check_at(std::int64_t t, std::optional<batch_time> asked = {}) {
    const auto c = value_or_throw(open(asked));
    BOOST_CHECK(c.last_commit() == commit_at(t));
    BOOST_TEST(load(c, counts_0) == history_of_counts.at(t), boost::test_tools::per_element());
  }

  bool warned(std::string_view text) const { return warnings.find(text) != std::string::npos; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(versions, fixture)

BOOST_AUTO_TEST_CASE(the_last_versions_are_kept_by_number) {
  BOOST_TEST(choice({.count = 0}, at({1, 2, 3}), 4) == "---");
  BOOST_TEST(choice({.count = 1}, at({1, 2, 3}), 4) == "--x");
  BOOST_TEST(choice({.count = 5}, at({1, 2, 3}), 4) == "xxx");
  BOOST_TEST(choice({.count = 1}, {}, 4).empty());
}

BOOST_AUTO_TEST_CASE(versions_of_a_time_are_kept_as_far_apart_as_a_hundredth_of_it) {
  BOOST_TEST(choice({.count = 0, .time = duration{10}}, at({1, 5, 9, 14}), 15) == "-xxx");
  BOOST_TEST(choice({.count = 1, .time = duration{1000}}, at({1000, 1004, 1010, 1015, 1020, 1021}), 1025) == "x-x-xx");
  // However fast the commits are, there are about a hundred.
  std::vector<batch_time> times;
  const kept_versions how{.count = 1, .time = duration{1000}};
  for (std::int64_t t = 1; t <= 5000; ++t) {
    const auto kept = choose_kept(how, times, batch_time{t});
    std::vector<batch_time> stays;
    for (std::size_t i = 0; i < times.size(); ++i)
      if (kept[i])
        stays.push_back(times[i]);
    stays.emplace_back(t);
    times = std::move(stays);
    BOOST_TEST_REQUIRE(times.size() <= 103U);
  }
  BOOST_TEST(times.size() >= 98U);
  BOOST_TEST((times.front() <= batch_time{4011}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_kept_version_can_be_gone_back_to, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  c->keep_versions({.count = 4});
  write_history(*c);
  BOOST_CHECK(c->versions() == at({1, 2, 3, 4, 5}));
  for (const auto& [t, content] : history_of_counts) {
    const auto version = c.version(batch_time{t});
    BOOST_CHECK(version.last_commit() == commit_at(t));
    BOOST_TEST(load(version, counts_0) == content, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_no_version_lists_is_erased, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  c->keep_versions({.count = 1});
  write_history(*c);
  BOOST_CHECK(c->versions() == at({4, 5}));
  BOOST_TEST(c.snapshot_blobs() == 2U);
  BOOST_TEST(contents(*c.log, delta_tag, end_of_tag(delta_tag)).size() == 3U); // 5, and two of the other partition
  c->keep_versions({.count = 0});
  require_ok(c->commit(commit_at(6), views({base(counts_0, 6, {"123456"})})));
  BOOST_CHECK(c->versions() == at({6}));
  BOOST_TEST(c.snapshot_blobs() == 1U);
  BOOST_TEST(contents(*c.log, delta_tag, end_of_tag(delta_tag)).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_time_between_two_commits_is_that_of_the_first) {
  check_at(5, batch_time{99});
  BOOST_TEST(warnings.empty());
  check_at(4, batch_time{4});
  BOOST_TEST(warned("it goes on from the commit of batch 4 ms; 1 later, up to the commit of batch 5 ms, will be "
                    "discarded with the next commit"));
  erase(log, commit_key(batch_time{3}));
  check_at(2, batch_time{3});
  BOOST_TEST(warned("2 later"));
}

BOOST_AUTO_TEST_CASE(a_time_before_all_commits_is_an_error_that_names_the_oldest) {
  const auto c = open(batch_time{0});
  BOOST_REQUIRE(!c);
  BOOST_CHECK(is(c.error(), ec::invalid_argument));
  BOOST_TEST(describe(c.error()).find("the oldest commit that it has is the commit of batch 1 ms")
             != std::string::npos);
  memory_store empty_log;
  memory_store empty_snapshots;
  BOOST_CHECK(!checkpoint_log::open(empty_log, empty_snapshots, new_identity(), batch_time{1}));
}

BOOST_AUTO_TEST_CASE(going_back_discards_nothing_before_the_first_commit) {
  const auto before = std::pair{contents(log), contents(snapshots)};
  check_at(3, batch_time{3});
  BOOST_CHECK((before == std::pair{contents(log), contents(snapshots)}));
  check_at(5);
}

BOOST_AUTO_TEST_CASE(the_first_commit_after_going_back_takes_the_place_of_the_later_ones) {
  {
    auto c = value_or_throw(open(batch_time{3}));
    c.keep_versions({.count = 4});
    require_ok(c.declare({"counts", 2, "schema"}));
    require_ok(c.declare({"new", 1, "schema"})); // with the number that an operator of a later version could have had
    require_ok(c.commit(commit_at(4), views({partial(counts_0, 4, {"another"}), delta(id_of("new", 0), 4, {"n"})})));
    BOOST_CHECK(c.versions() == at({1, 2, 3, 4}));
  }
  const auto c = value_or_throw(open());
  BOOST_TEST(warnings.empty());
  BOOST_CHECK(c.last_commit() == commit_at(4));
  BOOST_CHECK((load(c, counts_0) == shown{"base 2 12", "partial 4 another"}));
  BOOST_CHECK((load(c, counts_1) == shown{"delta 1 one"}));
  BOOST_CHECK((load(c, id_of("new", 0)) == shown{"delta 4 n"}));
  check_at(3, batch_time{3});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_crash_after_going_back_leaves_one_history_or_the_other, Backend, backends) {
  for (const auto when : {fault_plan::moment::before, fault_plan::moment::after}) {
    bool crashed = true;
    for (std::size_t n = 1; crashed; ++n)
      BOOST_TEST_CONTEXT("crash at write " << n) {
        checkpoint<Backend> c;
        c.open();
        c->keep_versions({.count = 4});
        write_history(*c);
        c.open(batch_time{2});
        c->keep_versions({.count = 4});
        require_ok(c->declare({"counts", 2, "schema"}));
        c.plan.fail_at = n;
        c.plan.when = when;
        const std::vector<std::pair<std::int64_t, std::vector<change>>> commits{
            {3, {delta(counts_0, 3, {"x"})}}, {4, {partial(counts_0, 4, {"xy"})}}, {5, {base(counts_0, 5, {"12xyz"})}}};
        std::vector<shown> possible{history_of_counts.at(5), history_of_counts.at(2)};
        crashed = false;
        for (const auto& [t, changes] : commits)
          crashed = crashed || c->commit(commit_at(t), views(changes)) || c.plan.down;
        if (!crashed)
          BOOST_CHECK((load(*c, counts_0) == shown{"base 5 12xyz"}));
        possible.push_back({"base 2 12", "delta 3 x"});
        possible.push_back({"base 2 12", "partial 4 xy"});
        possible.push_back({"base 5 12xyz"});
        c.open();
        const auto found = load(*c, counts_0);
        BOOST_TEST(std::ranges::count(possible, found) == 1);
        // The other state was left alone in the second history.
        BOOST_CHECK(load(*c, counts_1)
                    == (found == possible[0] ? shown{"delta 1 one", "delta 5 five"} : shown{"delta 1 one"}));
      }
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_version_is_passed_over_with_a_warning) {
  // Whatever the last commit alone lists.
  for (const auto& key : {commit_key(batch_time{5}), blob_key(delta_tag, {0, 0}, batch_time{5}, 2)}) {
    const auto whole = log;
    const auto stored = contents(log).contains(key);
    BOOST_TEST_REQUIRE(stored);
    if (key.starts_with(commit_tag)) {
      write_batch batch;
      batch.put(key, as_bytes("12345678"));
      require_ok(log.apply(batch));
    } else {
      erase(log, key);
    }
    check_at(4);
    BOOST_TEST(warned("the commit of batch 5 ms is damaged and passed over"), warnings);
    BOOST_TEST(warned("it goes on from the commit of batch 4 ms"), warnings);
    log = whole;
  }
}

BOOST_AUTO_TEST_CASE(damage_in_what_versions_share_passes_over_all_that_share_it) {
  erase(snapshots, blob_key(base_tag, {0, 0}, batch_time{2}, 0));
  check_at(1);
  BOOST_TEST(warned("the commit of batch 2 ms is damaged"), warnings);
  BOOST_TEST(warned("4 later"), warnings);
}

BOOST_AUTO_TEST_CASE(where_no_version_is_whole_damage_is_an_error) {
  erase(log, blob_key(delta_tag, {0, 1}, batch_time{1}, 0)); // of all of them
  const auto c = open();
  BOOST_REQUIRE(!c);
  const auto why = describe(c.error());
  BOOST_TEST(why.find("none of its 5 commits is whole") != std::string::npos, why);
}

BOOST_AUTO_TEST_CASE(after_a_fallback_the_checkpoint_is_clean_again) {
  erase(log, blob_key(delta_tag, {0, 0}, batch_time{5}, 2));
  {
    write_batch batch; // and an older one that cannot be read
    batch.put(commit_key(batch_time{3}), as_bytes("12345678"));
    require_ok(log.apply(batch));
    auto c = value_or_throw(open());
    c.keep_versions({.count = 4});
    require_ok(c.declare({"counts", 2, "schema"}));
    require_ok(c.commit(commit_at(7), views({delta(counts_0, 7, {"7"})})));
    BOOST_CHECK(c.versions() == at({1, 2, 4, 7}));
  }
  const auto c = value_or_throw(open());
  BOOST_TEST(warnings.empty(), warnings);
  BOOST_CHECK((load(c, counts_0) == shown{"base 2 12", "partial 4 34", "delta 7 7"}));
  BOOST_CHECK((load(c, counts_1) == shown{"delta 1 one"}));
  BOOST_TEST(contents(log, commit_tag, end_of_tag(commit_tag)).size() == 4U);
}

BOOST_AUTO_TEST_CASE(the_checkpoint_of_the_format_before_is_read_and_carried_on) {
  // It had its one manifest under the tag alone.
  const auto manifest = value_or_throw(log.get(commit_key(batch_time{5})));
  write_batch batch;
  batch.erase_range(std::string{commit_tag}, end_of_tag(commit_tag));
  batch.put(std::string{commit_tag}, *manifest);
  require_ok(log.apply(batch));
  check_at(5);
  {
    auto c = value_or_throw(open());
    require_ok(c.declare({"counts", 2, "schema"}));
    require_ok(c.commit(commit_at(6), {}));
  }
  BOOST_TEST(contents(log, commit_tag, end_of_tag(commit_tag)).size() == 1U);
  BOOST_CHECK(value_or_throw(open()).last_commit() == commit_at(6));
}

BOOST_AUTO_TEST_CASE(a_pinned_version_stays_until_it_is_unpinned) {
  auto c = value_or_throw(open());
  c.keep_versions({.count = 0});
  require_ok(c.declare({"counts", 2, "schema"}));
  const auto pinned = value_or_throw(c.pin_last());
  auto reader = c.read(pinned, counts_0);
  require_ok(c.commit(commit_at(6), views({base(counts_0, 6, {"new"})})));
  require_ok(c.commit(commit_at(7), views({base(counts_0, 7, {"newer"})})));
  BOOST_CHECK(c.versions() == at({5, 7}));
  shown seen;
  const auto take = [&seen](change_kind kind, batch_time t, bytes_view blob) {
    seen.push_back(line(kind, t, as_text(blob)));
    return error{};
  };
  while (value_or_throw(reader.next(take))) {
  }
  BOOST_CHECK(seen == history_of_counts.at(5));
  c.unpin(batch_time{5});
  require_ok(c.commit(commit_at(8), {}));
  BOOST_CHECK(c.versions() == at({8}));
  BOOST_TEST(contents(snapshots).size() == 2U); // with the label
}

BOOST_AUTO_TEST_SUITE_END()
