// SPDX-License-Identifier: BSD-3-Clause
#include "checkpoint_fixtures.hpp"

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/state/commit/state_loader.hpp>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

const state_id totals_0 = id_of("totals", 0);
const state_id totals_1 = id_of("totals", 1);

std::string blob_of(int n) { return std::string{as_text(make_batch<int>(std::vector{n}).bytes())}; }

/// A memory store that counts how often it is read.
class counting_store final : public keyed_store {
public:
  std::filesystem::path place() const override { return "checkpoint/log"; }
  mutable std::size_t values_read = 0;

private:
  write_result do_apply(const write_batch& batch) override { return inner_.apply(batch); }
  error do_scan(std::string_view from, std::string_view end, const visitor& visit) const override {
    return inner_.scan(from, end, [&](std::string_view key, bytes_view value) {
      ++values_read;
      return visit(key, value);
    });
  }

  memory_store inner_;
};

struct fixture {
  counting_store records;
  memory_store snapshots;
  checkpoint_log log = value_or_throw(checkpoint_log::open(records, snapshots));

  fixture() { require_ok(log.declare({"totals", 2, "int"})); }

  void commit(std::int64_t t, const std::vector<change>& changes) {
    require_ok(log.commit(commit_at(t), views(changes)));
  }
};

int number_in(const state_piece& piece) { return value_or_throw(batch_reader<int>::open(piece.content))[0]; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(state_loader_suite, fixture)

BOOST_AUTO_TEST_CASE(a_state_that_holds_nothing_is_one_piece_without_content) {
  state_loader loader{log};
  const auto piece = value_or_throw(loader.load(totals_0, 0));
  BOOST_TEST(piece.content.bytes().empty());
  BOOST_TEST(piece.next == 0U);
}

BOOST_AUTO_TEST_CASE(pieces_come_in_the_order_of_replay_and_each_is_read_when_it_is_asked_for) {
  std::vector<change> changes;
  for (int i = 1; i <= 50; ++i)
    changes.push_back(delta(totals_0, i, {blob_of(i)}));
  commit(50, changes);
  state_loader loader{log};
  records.values_read = 0;
  std::uint64_t cursor = 0;
  for (int i = 1; i <= 50; ++i) {
    const auto piece = value_or_throw(loader.load(totals_0, cursor));
    BOOST_TEST(number_in(piece) == i);
    BOOST_TEST((piece.time == batch_time{i}));
    BOOST_TEST(records.values_read == static_cast<std::size_t>(i)); // nothing of the pieces that follow
    cursor = piece.next;
    BOOST_TEST((cursor == 0) == (i == 50));
    BOOST_TEST(piece.following == static_cast<std::uint64_t>(50 - i));
  }
}

BOOST_AUTO_TEST_CASE(states_are_read_side_by_side_and_from_the_beginning_again) {
  commit(2, {delta(totals_0, 1, {blob_of(1)}), delta(totals_0, 2, {blob_of(2)}), delta(totals_1, 1, {blob_of(3)}),
             delta(totals_1, 2, {blob_of(4)})});
  state_loader loader{log};
  const auto first = value_or_throw(loader.load(totals_0, 0));
  BOOST_TEST(number_in(value_or_throw(loader.load(totals_1, 0))) == 3);
  BOOST_TEST(number_in(value_or_throw(loader.load(totals_0, first.next))) == 2);
  BOOST_TEST(number_in(value_or_throw(loader.load(totals_1, 0))) == 3);
  const auto wrong = loader.load(totals_1, 7);
  BOOST_CHECK(!wrong && is(wrong.error(), ec::invalid_argument));
  BOOST_CHECK(!loader.load(totals_0, first.next)); // it has been read to its end
}

BOOST_AUTO_TEST_CASE(a_piece_that_is_no_batch_is_damage_that_says_what_to_do) {
  commit(1, {delta(totals_0, 1, {"no batch"})});
  state_loader loader{log};
  const auto piece = loader.load(totals_0, 0);
  BOOST_REQUIRE(!piece);
  BOOST_CHECK(is(piece.error(), ec::storage_failed));
  BOOST_TEST(describe(piece.error()).find("restore the whole checkpoint") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_long_loading_says_now_and_then_how_far_it_is) {
  std::vector<change> changes;
  for (int i = 1; i <= 4; ++i)
    changes.push_back(delta(totals_0, i, {blob_of(i)}));
  commit(4, changes);
  state_loader loader{log};
  state_loader::clock::time_point now{1h};
  BOOST_CHECK(!loader.progress(now));
  const auto first = value_or_throw(loader.load(totals_0, 0));
  BOOST_CHECK(!loader.progress(now + 4s));
  static_cast<void>(value_or_throw(loader.load(totals_0, first.next)));
  const auto line = loader.progress(now + 5s);
  BOOST_REQUIRE(line);
  BOOST_TEST(*line == "loading state of 'totals': 2 of 4 pieces of the checkpoint, 0 MiB so far");
  BOOST_CHECK(!loader.progress(now + 9s));
  BOOST_CHECK(loader.progress(now + 10s));
}

BOOST_AUTO_TEST_SUITE_END()
