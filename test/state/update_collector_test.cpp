// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/commit/update_collector.hpp>

#include <random>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

const state_id left{"sums", partition_id{0}};
const state_id right{"sums", partition_id{1}};

state_update update(const state_id& id, std::int64_t t) { return {id, batch_time{t}, change_kind::delta, {}}; }

using taken = std::vector<std::pair<std::int64_t, std::uint32_t>>;

taken take(update_collector& from, std::int64_t t) {
  taken result;
  for (const auto& x : from.take(batch_time{t}))
    result.emplace_back(x.time.ms(), x.id.partition.value());
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(update_collector_suite)

BOOST_AUTO_TEST_CASE(a_batch_is_complete_when_every_state_has_sent_its_update) {
  update_collector updates{{left, right}};
  BOOST_TEST(!updates.complete(batch_time{1}));
  updates.add(update(left, 1));
  BOOST_TEST(!updates.complete(batch_time{1}));
  updates.add(update(right, 2));
  BOOST_TEST(!updates.complete(batch_time{1}));
  updates.add(update(right, 1));
  BOOST_TEST(updates.complete(batch_time{1}));
  BOOST_TEST(!updates.complete(batch_time{2}));
}

BOOST_AUTO_TEST_CASE(without_states_every_batch_is_complete) {
  update_collector updates{{}};
  BOOST_TEST(updates.complete(batch_time{1}));
  BOOST_TEST(updates.take(batch_time{1}).empty());
}

BOOST_AUTO_TEST_CASE(unknown_states_and_repeated_updates_are_ignored) {
  update_collector updates{{left, right}};
  updates.add(update({"other", partition_id{0}}, 1));
  updates.add(update({"sums", partition_id{2}}, 1));
  updates.add(update(left, 1));
  updates.add(update(left, 1));
  BOOST_TEST(!updates.complete(batch_time{1}));
  BOOST_TEST((take(updates, 1) == taken{{1, 0}}));
}

BOOST_AUTO_TEST_CASE(updates_are_taken_in_order_of_time_and_once) {
  update_collector updates{{left, right}};
  for (const auto t : {3, 1, 2}) {
    updates.add(update(right, t));
    updates.add(update(left, t));
  }
  BOOST_TEST((take(updates, 2) == taken{{1, 1}, {1, 0}, {2, 1}, {2, 0}}));
  BOOST_TEST(take(updates, 2).empty());
  BOOST_TEST(!updates.complete(batch_time{2}));
  BOOST_TEST(updates.complete(batch_time{3}));
  BOOST_TEST(take(updates, 9).size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_update_that_comes_again_after_its_batch_was_taken_is_ignored) {
  update_collector updates{{left}, batch_time{4}};
  updates.add(update(left, 4)); // of a batch that was committed before this program began
  updates.add(update(left, 5));
  BOOST_TEST((take(updates, 5) == taken{{5, 0}}));
  updates.add(update(left, 5));
  updates.add(update(left, 6));
  BOOST_TEST(!updates.complete(batch_time{5}));
  BOOST_TEST((take(updates, 6) == taken{{6, 0}}));
}

BOOST_AUTO_TEST_CASE(updates_of_later_batches_may_come_before_those_of_earlier_ones) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    std::mt19937_64 random{seed};
    std::set<state_id> states;
    for (std::uint32_t p = 0; p < 3; ++p)
      states.insert({"s", partition_id{p}});
    update_collector updates{states};
    // Each state goes from batch to batch at its own speed.
    std::map<std::uint32_t, std::int64_t> sent;
    std::int64_t committed = 0;
    while (committed < 20) {
      const auto p = static_cast<std::uint32_t>(random() % 3);
      if (sent[p] < 20)
        updates.add(update({"s", partition_id{p}}, ++sent[p]));
      const auto slowest = std::min({sent[0], sent[1], sent[2]});
      BOOST_REQUIRE(!updates.complete(batch_time{slowest + 1}));
      if (committed < slowest) {
        BOOST_REQUIRE(updates.complete(batch_time{committed + 1}));
        BOOST_REQUIRE_EQUAL(take(updates, ++committed).size(), 3U);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
