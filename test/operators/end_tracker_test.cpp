// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/end_tracker.hpp>

#include <array>
#include <map>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

const end_tracker::sender left{edge_id{0}, partition_id{0}};
const end_tracker::sender right{edge_id{0}, partition_id{1}};

std::vector<std::int64_t> closed(end_tracker& ends) {
  std::vector<std::int64_t> result;
  while (const auto* t = ends.next_closed())
    result.push_back(t->time.ms());
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(end_tracker_suite)

BOOST_AUTO_TEST_CASE(a_batch_is_over_when_every_sender_has_ended_it) {
  end_tracker ends{{left, right}};
  ends.end(left, batch_time{1}, presence::some);
  BOOST_TEST(closed(ends).empty());
  ends.end(right, batch_time{1}, presence::some);
  BOOST_TEST(closed(ends) == std::vector<std::int64_t>({1}), boost::test_tools::per_element());
  BOOST_TEST(closed(ends).empty());
}

BOOST_AUTO_TEST_CASE(it_is_known_when_the_earliest_batch_waits_for_one_sender_alone) {
  end_tracker ends{{left, right}};
  BOOST_TEST(!ends.waits_only_for(left));
  ends.end(left, batch_time{1}, presence::some);
  BOOST_TEST(!ends.waits_only_for(left));
  BOOST_TEST(ends.waits_only_for(right));
  ends.end(left, batch_time{2}, presence::some);
  ends.end(right, batch_time{1}, presence::some);
  BOOST_TEST(closed(ends) == std::vector<std::int64_t>({1}), boost::test_tools::per_element());
  BOOST_TEST(ends.waits_only_for(right));
  BOOST_TEST(!ends.waits_only_for({edge_id{7}, partition_id{0}}));
}

BOOST_AUTO_TEST_CASE(a_sender_may_run_ahead_by_any_number_of_batches) {
  end_tracker ends{{left, right}};
  for (auto t = 1; t <= 5; ++t)
    ends.end(left, batch_time{t}, presence::some);
  BOOST_TEST(closed(ends).empty());
  ends.end(right, batch_time{1}, presence::some);
  ends.end(right, batch_time{2}, presence::some);
  BOOST_TEST(closed(ends) == std::vector<std::int64_t>({1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(unknown_senders_and_repeated_marks_do_not_count) {
  end_tracker ends{{left, right}};
  ends.end(left, batch_time{1}, presence::some);
  ends.end(left, batch_time{1}, presence::some);
  ends.end({edge_id{7}, partition_id{0}}, batch_time{1}, presence::some);
  BOOST_TEST(closed(ends).empty());
  end_tracker far{{left, {edge_id{0}, partition_id{9}}}};
  far.end(left, batch_time{1}, presence::some);
  far.end(right, batch_time{1}, presence::some); // unknown here, and before one that is known
  BOOST_TEST(closed(far).empty());
  ends.end(right, batch_time{1}, presence::some);
  BOOST_TEST(closed(ends).size() == 1U);
  ends.end(left, batch_time{1}, presence::some);
  ends.end(right, batch_time{1}, presence::some);
  BOOST_TEST(closed(ends).empty());
}

BOOST_AUTO_TEST_CASE(an_edge_has_a_dataset_if_a_partition_has_one_and_a_failed_one_if_any_has) {
  using enum presence;
  for (const auto& [a, b, both] : std::vector<std::array<presence, 3>>{{some, some, some},
                                                                       {none, none, none},
                                                                       {failed, failed, failed},
                                                                       {some, failed, failed},
                                                                       {failed, some, failed},
                                                                       {none, failed, failed}}) {
    end_tracker ends{{left, right}};
    ends.end(left, batch_time{1}, a);
    ends.end(right, batch_time{1}, b);
    const auto* ended = ends.next_closed();
    BOOST_TEST((ended->over(edge_id{0}) == both));
    BOOST_TEST(!ended->over(edge_id{1}));
  }
}

BOOST_AUTO_TEST_CASE(batches_close_in_order_for_any_interleaving_of_senders) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random{seed};
    std::set<end_tracker::sender> senders;
    for (std::uint32_t i = 0; i < 1 + seed % 5; ++i)
      senders.emplace(edge_id{i / 2}, partition_id{i});
    end_tracker ends{senders};
    std::map<end_tracker::sender, std::int64_t> at;
    std::vector<std::int64_t> all;
    const std::vector<end_tracker::sender> list(senders.begin(), senders.end());
    for (std::size_t left_over = list.size() * 20; left_over != 0;) {
      const auto& who = list[random() % list.size()];
      if (at[who] == 20)
        continue;
      --left_over;
      ends.end(who, batch_time{++at[who]}, presence::some);
      for (const auto t : closed(ends))
        all.push_back(t);
      auto slowest = std::int64_t{20};
      for (const auto& x : list)
        slowest = std::min(slowest, at[x]);
      BOOST_REQUIRE_EQUAL(static_cast<std::int64_t>(all.size()), slowest);
    }
    BOOST_REQUIRE(std::ranges::is_sorted(all));
  }
}

BOOST_AUTO_TEST_SUITE_END()
