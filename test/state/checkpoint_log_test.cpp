// SPDX-License-Identifier: BSD-3-Clause
#include "checkpoint_fixtures.hpp"

#include <sluice/state/checkpoint/checkpoint_directory.hpp>
#include <sluice/state/checkpoint/checkpoint_keys.hpp>

#include <boost/mpl/list.hpp>

#include <limits>

using namespace sluice;
using namespace sluice::test;
using namespace std::string_view_literals;

namespace {

using backends = boost::mpl::list<memory_backend, lmdb_backend>;

const state_id counts_0 = id_of("counts", 0);
const state_id counts_1 = id_of("counts", 1);
const state_id totals_0 = id_of("totals", 0);
const std::vector<state_id> all_ids{counts_0, counts_1, totals_0};

void declare_all(checkpoint_log& log) {
  require_ok(log.declare({"counts", 2, "text int64"}));
  require_ok(log.declare({"totals", 1, "int64"}));
}

error commit(checkpoint_log& log, std::int64_t t, const std::vector<change>& changes = {}) {
  return log.commit(commit_at(t), views(changes));
}

bool mentions(const error& err, std::string_view text) { return describe(err).find(text) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(checkpoint_log_suite)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_new_checkpoint_holds_nothing, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  BOOST_CHECK(!c->last_commit());
  BOOST_CHECK(c->operators().empty());
  BOOST_CHECK(c->states().empty());
  BOOST_CHECK(load(*c, counts_0).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_commit_is_there_after_closing_and_opening, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  declare_all(*c);
  require_ok(commit(*c, 5, {delta(counts_0, 3, {"a", ""}), delta(counts_0, 5, {"b"}), delta(counts_1, 5, {"c"})}));
  require_ok(commit(*c, 7, {delta(counts_0, 7, {std::string(100'000, 'd')})}));
  c.open();
  BOOST_CHECK(c->last_commit() == commit_at(7));
  BOOST_CHECK((c->states() == std::vector<state_id>{counts_0, counts_1}));
  BOOST_CHECK((c->operators() == std::vector<state_description>{{"counts", 2, "text int64"}, {"totals", 1, "int64"}}));
  BOOST_CHECK(
      (load(*c, counts_0) == shown{"delta 3 a", "delta 3 ", "delta 5 b", "delta 7 " + std::string(100'000, 'd')}));
  BOOST_CHECK((load(*c, counts_1) == shown{"delta 5 c"}));
  BOOST_CHECK(load(*c, totals_0).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_snapshot_replaces_the_deltas_up_to_its_time, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  declare_all(*c);
  require_ok(commit(*c, 2, {delta(counts_0, 1, {"a"}), delta(counts_0, 2, {"b"})}));
  // It may be older than the commit it comes with, and even than the one before.
  require_ok(commit(*c, 4, {delta(counts_0, 3, {"c"}), delta(counts_0, 4, {"d"}), base(counts_0, 1, {"A"})}));
  BOOST_CHECK((load(*c, counts_0) == shown{"base 1 A", "delta 2 b", "delta 3 c", "delta 4 d"}));
  require_ok(commit(*c, 6, {delta(counts_0, 5, {"e"}), delta(counts_0, 6, {"f"}), base(counts_0, 5, {"A", "B"})}));
  BOOST_CHECK((load(*c, counts_0) == shown{"base 5 A", "base 5 B", "delta 6 f"}));
  c.open();
  BOOST_CHECK((load(*c, counts_0) == shown{"base 5 A", "base 5 B", "delta 6 f"}));
  BOOST_TEST(c.snapshot_blobs() == 2U);
  require_ok(commit(*c, 8, {base(counts_0, 8, {})}));
  c.open();
  BOOST_CHECK(load(*c, counts_0).empty());
  BOOST_CHECK((c->states() == std::vector<state_id>{counts_0}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_partial_snapshot_replaces_deltas_and_the_one_before_and_leaves_the_base, Backend,
                              backends) {
  checkpoint<Backend> c;
  c.open();
  declare_all(*c);
  require_ok(commit(*c, 2, {base(counts_0, 1, {"A"}), delta(counts_0, 1, {"a"}), delta(counts_0, 2, {"b"})}));
  require_ok(commit(*c, 4, {delta(counts_0, 3, {"c"}), delta(counts_0, 4, {"d"}), partial(counts_0, 3, {"P", "Q"})}));
  const shown first{"base 1 A", "partial 3 P", "partial 3 Q", "delta 4 d"};
  BOOST_CHECK(load(*c, counts_0) == first);
  BOOST_CHECK((c->snapshot_time(counts_0) == batch_time{3}));
  c.open();
  BOOST_CHECK(load(*c, counts_0) == first);
  BOOST_TEST(c.snapshot_blobs() == 3U);
  require_ok(commit(*c, 5, {partial(counts_0, 5, {"R"})}));
  c.open();
  BOOST_CHECK((load(*c, counts_0) == shown{"base 1 A", "partial 5 R"}));
  BOOST_TEST(c.snapshot_blobs() == 2U);
  require_ok(commit(*c, 6, {base(counts_0, 6, {"B"})}));
  BOOST_CHECK((load(*c, counts_0) == shown{"base 6 B"}));
  BOOST_TEST(c.snapshot_blobs() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_partial_snapshot_may_come_with_its_base, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  declare_all(*c);
  require_ok(commit(
      *c, 3,
      {delta(counts_0, 1, {"a"}), base(counts_0, 1, {"A"}), partial(counts_0, 2, {"P"}), partial(counts_0, 3, {"Q"})}));
  require_ok(commit(*c, 5, {partial(counts_0, 4, {"R"}), base(counts_0, 5, {"B"})}));
  c.open();
  BOOST_CHECK((load(*c, counts_0) == shown{"base 5 B"}));
  BOOST_TEST(c.snapshot_blobs() == 1U);
  require_ok(c->stage(views({base(counts_0, 6, {"C"}), partial(counts_0, 8, {"S"})})));
  require_ok(commit(*c, 7, {delta(counts_0, 7, {"g"})}));
  BOOST_CHECK((load(*c, counts_0) == shown{"base 6 C", "delta 7 g"}));
  require_ok(commit(*c, 8));
  c.open();
  BOOST_CHECK((load(*c, counts_0) == shown{"base 6 C", "partial 8 S"}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_staged_is_not_seen_before_its_commit, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  declare_all(*c);
  require_ok(commit(*c, 1, {delta(counts_0, 1, {"a"}), delta(totals_0, 1, {"t"})}));
  require_ok(c->stage(views({base(counts_0, 1, {"A"}), base(totals_0, 3, {"T"})})));
  BOOST_CHECK((load(*c, counts_0) == shown{"delta 1 a"}));
  require_ok(commit(*c, 2, {delta(counts_0, 2, {"b"})}));
  BOOST_CHECK((load(*c, counts_0) == shown{"base 1 A", "delta 2 b"}));
  BOOST_CHECK((load(*c, totals_0) == shown{"delta 1 t"}));
  require_ok(commit(*c, 3));
  BOOST_CHECK((load(*c, totals_0) == shown{"base 3 T"}));

  require_ok(c->stage(views({base(totals_0, 4, {"lost"})})));
  c->discard_staged();
  require_ok(commit(*c, 4));
  BOOST_CHECK((load(*c, totals_0) == shown{"base 3 T"}));
  require_ok(c->stage(views({base(totals_0, 5, {"lost"})})));
  BOOST_CHECK(is(commit(*c, 2), ec::invalid_argument)); // there is a later one
  require_ok(commit(*c, 5));
  BOOST_CHECK((load(*c, totals_0) == shown{"base 3 T"}));
  require_ok(c->stage(views({base(totals_0, 6, {"lost"})})));
  c.open();
  require_ok(commit(*c, 6));
  BOOST_CHECK((load(*c, totals_0) == shown{"base 3 T"}));
  BOOST_TEST(c.snapshot_blobs() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(another_program_is_refused_by_name, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  declare_all(*c);
  require_ok(commit(*c, 1, {delta(counts_0, 1, {"a"})}));
  c.open();
  declare_all(*c);
  const auto partitions = c->declare({"counts", 4, "text int64"});
  BOOST_CHECK(is(partitions, ec::checkpoint_mismatch));
  BOOST_TEST(describe(partitions)
             == "the checkpoint holds the state of 'counts' with 2 partitions, the program has 4; run the program "
                "that wrote it, or drop this state");
  BOOST_CHECK(is(c->declare({"counts", 2, "text text"}), ec::checkpoint_mismatch));
  BOOST_CHECK(is(c->declare({"new", 0, ""}), ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_dropped_operator_is_gone_and_its_name_is_free, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  declare_all(*c);
  require_ok(commit(*c, 1, {delta(counts_0, 1, {"a"}), delta(totals_0, 1, {"t"}), base(counts_1, 1, {"C"})}));
  require_ok(c->stage(views({base(counts_0, 2, {"staged"})})));
  require_ok(c->drop("counts"));
  BOOST_CHECK(is(c->drop("counts"), ec::invalid_argument));
  BOOST_CHECK(load(*c, counts_0).empty());
  c.open(); // not committed
  BOOST_CHECK((load(*c, counts_0) == shown{"delta 1 a"}));
  require_ok(c->drop("counts"));
  require_ok(commit(*c, 2));
  c.open();
  BOOST_CHECK(load(*c, counts_0).empty());
  BOOST_CHECK((load(*c, totals_0) == shown{"delta 1 t"}));
  BOOST_TEST(c.snapshot_blobs() == 0U);
  require_ok(c->declare({"counts", 3, "other"}));
  require_ok(commit(*c, 3, {delta(id_of("counts", 2), 3, {"new"})}));
  c.open();
  BOOST_CHECK((load(*c, id_of("counts", 2)) == shown{"delta 3 new"}));
  BOOST_CHECK(load(*c, counts_0).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_renamed_operator_keeps_its_state_from_the_next_commit_on, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  declare_all(*c);
  require_ok(commit(*c, 1, {delta(counts_0, 1, {"a"}), base(counts_1, 1, {"C"})}));
  BOOST_CHECK(is(c->rename("unknown", "x"), ec::invalid_argument));
  BOOST_CHECK(is(c->rename("counts", "totals"), ec::invalid_argument));
  require_ok(c->rename("counts", "numbers"));
  BOOST_CHECK((load(*c, id_of("numbers", 0)) == shown{"delta 1 a"}));
  c.open(); // not committed
  BOOST_CHECK((load(*c, counts_0) == shown{"delta 1 a"}));
  require_ok(c->rename("counts", "numbers"));
  require_ok(c->declare({"numbers", 2, "text int64"}));
  require_ok(commit(*c, 2, {delta(id_of("numbers", 0), 2, {"b"})}));
  c.open();
  BOOST_CHECK((load(*c, id_of("numbers", 0)) == shown{"delta 1 a", "delta 2 b"}));
  BOOST_CHECK((load(*c, id_of("numbers", 1)) == shown{"base 1 C"}));
  BOOST_CHECK(load(*c, counts_0).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_wrong_commit_is_refused_and_changes_nothing, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  declare_all(*c);
  require_ok(commit(*c, 5, {delta(counts_0, 5, {"a"}), base(counts_1, 5, {"C"})}));
  const auto refused = [&c](std::int64_t t, const std::vector<change>& changes, ec code = ec::invalid_argument) {
    return is(commit(*c, t, changes), code);
  };
  BOOST_CHECK(refused(5, {}));
  BOOST_CHECK(refused(4, {}));
  BOOST_CHECK(refused(-1, {}));
  BOOST_CHECK(refused(std::numeric_limits<std::int64_t>::max(), {}));
  BOOST_CHECK(refused(7, {delta(counts_0, 5, {"late"})}));
  BOOST_CHECK(refused(7, {delta(counts_0, 8, {"early"})}));
  BOOST_CHECK(refused(7, {delta(counts_0, 7, {"x"}), delta(counts_0, 6, {"out of order"})}));
  BOOST_CHECK(refused(7, {delta(id_of("counts", 2), 7, {"no such partition"})}));
  BOOST_CHECK(refused(7, {delta(id_of("unknown", 0), 7, {"x"})}));
  BOOST_CHECK(refused(7, {base(counts_0, 8, {"early"})}));
  BOOST_CHECK(refused(7, {base(counts_1, 5, {"again"})}));
  BOOST_CHECK(refused(7, {partial(counts_1, 5, {"as old as its base"})}));
  BOOST_CHECK(refused(7, {partial(counts_0, 7, {"without a base"})}));
  BOOST_CHECK(refused(7, {delta(counts_0, 7, {std::string(max_blob_bytes + 1, 'x')})}, ec::record_too_large));
  BOOST_CHECK(is(c->stage(views({delta(counts_0, 7, {"x"})})), ec::invalid_argument));
  BOOST_CHECK(c->last_commit() == commit_at(5));
  require_ok(commit(*c, 6, {delta(counts_0, 6, {std::string(max_blob_bytes, 'x')})}));
  c.open();
  BOOST_TEST(load(*c, counts_0).size() == 2U);
  BOOST_CHECK((load(*c, counts_1) == shown{"base 5 C"}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_load_ends_with_the_error_of_its_visitor, Backend, backends) {
  checkpoint<Backend> c;
  c.open();
  declare_all(*c);
  require_ok(commit(*c, 1, {delta(counts_0, 1, {"a", "b"})}));
  int calls = 0;
  const auto err = c->load(counts_0, [&calls](change_kind, batch_time, bytes_view) {
    ++calls;
    return make_error(ec::malformed_batch, "not mine");
  });
  BOOST_CHECK(is(err, ec::malformed_batch));
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(missing_blobs_are_an_error) {
  // The stores alone, to take away what no checksum can miss.
  memory_store log_store;
  memory_store snapshot_store;
  {
    auto log = value_or_throw(checkpoint_log::open(log_store, snapshot_store));
    declare_all(log);
    require_ok(commit(log, 4,
                      {base(counts_0, 1, {"A", "B", "C"}), partial(counts_0, 2, {"P", "Q"}),
                       delta(counts_0, 3, {"a", "b"}), delta(counts_0, 4, {"c"})}));
  }
  for (auto* store : {&log_store, &snapshot_store})
    for (const auto& [key, value] : contents(*store)) {
      auto damaged_log = log_store;
      auto damaged_snapshots = snapshot_store;
      write_batch batch;
      batch.erase(key);
      require_ok((store == &log_store ? damaged_log : damaged_snapshots).apply(batch));
      auto log = checkpoint_log::open(damaged_log, damaged_snapshots);
      const auto err = log ? log->load(counts_0, [](auto...) { return error{}; }) : log.error();
      BOOST_TEST_MESSAGE(describe(err));
      BOOST_CHECK(is(err, ec::storage_failed));
      BOOST_CHECK(mentions(err, "damaged"));
    }
}

BOOST_AUTO_TEST_CASE(blobs_that_nobody_has_counted_are_an_error) {
  struct stores {
    explicit stores(const std::vector<change>& changes) {
      auto log = value_or_throw(checkpoint_log::open(records, snapshots));
      declare_all(log);
      require_ok(commit(log, 3, changes));
    }
    memory_store records;
    memory_store snapshots;
  };
  const stores counted{{base(counts_0, 1, {"A"}), partial(counts_0, 2, {"P"}), delta(counts_0, 3, {"a"})}};
  const stores longer{
      {base(counts_0, 1, {"A", "B"}), partial(counts_0, 2, {"P", "Q"}), delta(counts_0, 3, {"a", "b"})}};
  int tried = 0;
  for (const auto from : {&stores::records, &stores::snapshots})
    for (const auto& [key, value] : contents(longer.*from)) {
      if (contents(counted.*from).contains(key))
        continue;
      auto damaged = counted;
      write_batch batch;
      batch.put(key, as_bytes(value));
      require_ok((damaged.*from).apply(batch));
      const auto log = value_or_throw(checkpoint_log::open(damaged.records, damaged.snapshots));
      const auto err = log.load(counts_0, [](auto...) { return error{}; });
      BOOST_CHECK(is(err, ec::storage_failed));
      BOOST_CHECK(mentions(err, "nobody has counted"));
      ++tried;
    }
  BOOST_TEST(tried == 3);
}

BOOST_AUTO_TEST_CASE(a_blob_that_is_missing_is_an_error_also_where_another_one_makes_up_the_number) {
  memory_store records;
  memory_store snapshots;
  {
    auto log = value_or_throw(checkpoint_log::open(records, snapshots));
    declare_all(log);
    require_ok(commit(log, 3,
                      {base(counts_0, 1, {"A", "B", "C"}), partial(counts_0, 2, {"P", "Q", "R"}),
                       delta(counts_0, 3, {"a", "b", "c"})}));
  }
  int tried = 0;
  for (auto* const from : {&records, &snapshots})
    for (const auto& [key, value] : contents(*from)) {
      const auto blob = parse_blob_key(key);
      if (!blob)
        continue;
      for (const bool is_moved : {false, true}) {
        auto damaged_records = records;
        auto damaged_snapshots = snapshots;
        auto moved = key;
        moved.back() = static_cast<char>(moved.back() + 5);
        write_batch batch;
        batch.erase(key);
        if (is_moved)
          batch.put(moved, as_bytes(value));
        require_ok((from == &records ? damaged_records : damaged_snapshots).apply(batch));
        const auto log = value_or_throw(checkpoint_log::open(damaged_records, damaged_snapshots));
        const auto err = log.load(counts_0, [](auto...) { return error{}; });
        BOOST_CHECK(is(err, ec::storage_failed));
        BOOST_CHECK(mentions(err, "misses"));
        ++tried;
      }
    }
  BOOST_TEST(tried == 18);
}

BOOST_AUTO_TEST_CASE(a_state_is_read_one_blob_after_the_other) {
  memory_store log_store;
  memory_store snapshot_store;
  auto log = value_or_throw(checkpoint_log::open(log_store, snapshot_store));
  declare_all(log);
  require_ok(commit(log, 4,
                    {base(counts_0, 1, {"A", "B"}), partial(counts_0, 2, {"P"}), delta(counts_0, 3, {"a", "b"}),
                     delta(counts_0, 4, {"c"}), delta(counts_1, 4, {"other"})}));
  auto reader = log.read(counts_0);
  BOOST_TEST(reader.blobs() == 6U);
  shown seen;
  const auto show = [&seen](change_kind kind, batch_time time, bytes_view blob) {
    seen.push_back(line(kind, time, as_text(blob)));
    return error{};
  };
  for (std::size_t n = 1; n <= 6; ++n) {
    BOOST_TEST(value_or_throw(reader.next(show)));
    BOOST_TEST(seen.size() == n);
  }
  BOOST_TEST(!value_or_throw(reader.next(show)));
  BOOST_TEST(!value_or_throw(reader.next(show)));
  BOOST_CHECK(seen == load(log, counts_0));
  BOOST_CHECK((seen == shown{"base 1 A", "base 1 B", "partial 2 P", "delta 3 a", "delta 3 b", "delta 4 c"}));
  BOOST_TEST(!value_or_throw(log.read(totals_0).next(show)));
}

BOOST_AUTO_TEST_CASE(opening_erases_nothing) {
  memory_store log_store;
  memory_store snapshot_store;
  {
    auto log = value_or_throw(checkpoint_log::open(log_store, snapshot_store));
    declare_all(log);
    require_ok(commit(log, 1, {base(counts_0, 1, {"A"})}));
    require_ok(log.stage(views({base(counts_0, 2, {"a program dies before the commit of this one"})})));
  }
  const auto before = contents(snapshot_store);
  auto log = value_or_throw(checkpoint_log::open(log_store, snapshot_store));
  declare_all(log);
  BOOST_CHECK(contents(snapshot_store) == before);
  require_ok(commit(log, 3, {delta(counts_0, 3, {"a"})}));
  BOOST_TEST(contents(snapshot_store).size() == before.size() - 1);
  BOOST_CHECK((load(log, counts_0) == shown{"base 1 A", "delta 3 a"}));
}

BOOST_AUTO_TEST_CASE(a_commit_record_that_cannot_be_read_is_an_error) {
  memory_store log_store;
  memory_store snapshot_store;
  for (const auto text : {""sv, "1234567"sv, "12345678"sv, "\0\0\0\0\xff\xff\xff\x7f"sv}) {
    write_batch batch;
    batch.put({"commit\0\0", 8}, as_bytes(text));
    require_ok(log_store.apply(batch));
    const auto log = checkpoint_log::open(log_store, snapshot_store);
    BOOST_CHECK(!log && is(log.error(), ec::storage_failed));
  }
}

BOOST_AUTO_TEST_CASE(a_checkpoint_directory_keeps_its_log) {
  const temporary_directory dir;
  {
    auto c = value_or_throw(checkpoint_directory::open(dir.path() / "checkpoint"));
    declare_all(c->log());
    require_ok(commit(c->log(), 1, {delta(counts_0, 1, {"a"}), base(counts_1, 1, {"C"})}));
    const auto second = checkpoint_directory::open(dir.path() / "checkpoint");
    BOOST_CHECK(!second && is(second.error(), ec::storage_locked));
  }
  auto c = value_or_throw(checkpoint_directory::open(dir.path() / "checkpoint"));
  BOOST_CHECK((load(c->log(), counts_0) == shown{"delta 1 a"}));
  BOOST_CHECK((load(c->log(), counts_1) == shown{"base 1 C"}));
}

BOOST_AUTO_TEST_SUITE_END()
