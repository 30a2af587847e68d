// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/shared/accumulator.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <random>
#include <vector>

#include <sluice/actors/base/errors.hpp>

using namespace sluice;
using detail::added_sum;
using detail::added_sums;

namespace {

const batch_time first{1'000};
const batch_time second{2'000};
const epoch life{1, 42};

std::int64_t integer(const accumulated_sums& sums, const std::string& name) { return sums.at(name).as<std::int64_t>(); }

/// A program with two accumulators, on the driver.
struct books {
  accumulator_ledger ledger;
  accumulator<int> count{ledger.make("count", accumulated_sum::of(std::int64_t{0}))};
  accumulator<double> weight{ledger.make("weight", accumulated_sum::of(10.0))};

  books() { ledger.begin(life, {}); }

  void take(added_sums& from, batch_time t) {
    std::vector<added_sum> sums;
    from.close(t, sums);
    for (const auto& x : sums)
      ledger.add(life, x);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(added_sums_suite, books)

BOOST_AUTO_TEST_CASE(an_add_belongs_to_the_batch_that_runs) {
  added_sums sums{ledger.cells()};
  const added_sums::step running{sums};
  sums.open(first);
  count += 1;
  sums.open(second); // a fast sender is ahead
  count += 10;
  weight += 0.5;
  sums.open(first);
  count += 2;
  std::vector<added_sum> closed;
  sums.close(first, closed);
  BOOST_TEST((closed == std::vector{added_sum{first, 0, 3}}));
  closed.clear();
  sums.close(second, closed);
  BOOST_REQUIRE(closed.size() == 2U);
  BOOST_TEST((closed[0] == added_sum{second, 0, 10}));
  BOOST_TEST(std::bit_cast<double>(closed[1].bits) == 0.5);
}

BOOST_AUTO_TEST_CASE(sums_of_other_partitions_join_those_of_their_batch) {
  added_sums sums{ledger.cells()};
  sums.add({first, 0, 5});
  sums.add({second, 0, 7});
  sums.add({first, 99, 1}); // no such accumulator
  const added_sums::step running{sums};
  sums.open(first);
  count += 1;
  std::vector<added_sum> closed;
  sums.close(first, closed);
  BOOST_TEST((closed == std::vector{added_sum{first, 0, 6}}));
}

BOOST_AUTO_TEST_CASE(a_batch_commits_its_own_adds_and_those_of_no_other) {
  added_sums sums{ledger.cells()};
  {
    const added_sums::step running{sums};
    sums.open(second);
    count += 10;
    sums.open(first);
    count += 1;
  }
  take(sums, first);
  take(sums, second); // both are over, and neither is committed
  BOOST_TEST(count.value() == 11);
  BOOST_TEST(integer(ledger.commit(first), "count") == 1);
  BOOST_TEST(integer(ledger.commit(second), "count") == 11);
  BOOST_TEST(count.value() == 11);
}

BOOST_AUTO_TEST_CASE(a_function_reads_what_its_own_partition_has_added) {
  added_sums sums{ledger.cells()};
  const added_sums::step running{sums};
  sums.open(first);
  count += 4;
  weight += 1;
  BOOST_TEST(count.value() == 4);
  BOOST_TEST(weight.value() == 11.0);
  take(sums, first);
  BOOST_TEST(count.value() == 4);
  BOOST_TEST(weight.value() == 11.0);
}

BOOST_AUTO_TEST_CASE(what_is_added_outside_of_a_batch_is_committed_with_the_next_one) {
  count += 3;
  BOOST_TEST(count.value() == 3);
  BOOST_TEST(integer(ledger.commit(first), "count") == 3);
  count += 4;
  BOOST_TEST(integer(ledger.commit(second), "count") == 7);
  BOOST_TEST(count.value() == 7);
}

BOOST_AUTO_TEST_CASE(an_accumulator_of_another_program_does_not_add_to_this_one) {
  books other;
  added_sums sums{ledger.cells()};
  const added_sums::step running{sums};
  sums.open(first);
  other.count += 1;
  BOOST_TEST(count.value() == 0);
  BOOST_TEST(other.count.value() == 1);
}

BOOST_AUTO_TEST_CASE(an_epoch_goes_on_from_the_last_commit_and_forgets_what_was_on_its_way) {
  ledger.add(life, {first, 0, 5});
  const auto committed = ledger.commit(first);
  ledger.add(life, {second, 0, 100});
  count += 1'000;
  const epoch next{2, 43};
  ledger.begin(next, committed);
  BOOST_TEST(count.value() == 5);
  BOOST_TEST(weight.value() == 10.0);
  ledger.add(life, {second, 0, 100}); // an operator of the epoch before is slow to end
  ledger.add(next, {second, 0, 1});
  BOOST_TEST(count.value() == 6);
  BOOST_TEST(integer(ledger.commit(second), "count") == 6);
}

BOOST_AUTO_TEST_CASE(an_accumulator_has_a_name_of_its_own) {
  BOOST_CHECK_THROW(ledger.make("count", {}), usage_error);
  BOOST_TEST(ledger.make("", {})->name() == "accumulator#2");
}

// Random batches, partitions, crashes: the committed sum is always that of the committed batches.
BOOST_AUTO_TEST_CASE(sums_are_exact_whatever_the_order) {
  std::mt19937 random{7};
  const auto below = [&random](std::uint32_t n) { return random() % n; };
  std::int64_t truth = 0;
  accumulated_sums kept;
  std::int64_t t = 0;
  for (std::uint64_t n = 1; n <= 200; ++n) {
    const epoch now{n, n};
    ledger.begin(now, kept);
    BOOST_REQUIRE(count.value() == truth);
    std::vector<std::unique_ptr<added_sums>> partitions;
    for (auto i = 1 + below(3); i > 0; --i)
      partitions.push_back(std::make_unique<added_sums>(ledger.cells()));
    const auto batches = 1 + below(5);
    std::map<std::int64_t, std::int64_t> added;
    for (auto i = below(40); i > 0; --i) {
      const auto of = t + 1 + static_cast<std::int64_t>(below(batches));
      auto& partition = *partitions[below(static_cast<std::uint32_t>(partitions.size()))];
      const added_sums::step running{partition};
      partition.open(batch_time{of});
      count += 1;
      ++added[of];
    }
    for (auto i = below(batches + 1); i > 0; --i) {
      const batch_time ends{++t};
      for (const auto& partition : partitions) {
        std::vector<added_sum> sums;
        partition->close(ends, sums);
        for (const auto& x : sums)
          ledger.add(now, x);
      }
      kept = ledger.commit(ends);
      truth += added[ends.ms()];
      BOOST_REQUIRE(integer(kept, "count") == truth);
    }
    t += batches;
  }
}

BOOST_AUTO_TEST_SUITE_END()
