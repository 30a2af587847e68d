// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/checkpoint_check.hpp>

#include <sluice/operators/shared/accumulator_ledger.hpp>

#include "keeping_program.hpp"

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/store/memory_store.hpp>

using namespace sluice;
using namespace sluice::test;

namespace {

struct fixture {
  memory_store records;
  memory_store snapshots;
  checkpoint_log log = checkpoint_log::open(records, snapshots).value();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(checkpoint_check, fixture)

BOOST_AUTO_TEST_CASE(another_interval_is_refused_with_what_to_do) {
  BOOST_TEST(!check_same_interval(log.summary(), duration{500}, "in here"));
  commit_record record;
  record.time = batch_time{2'000};
  record.interval = duration{1'000};
  BOOST_REQUIRE(!log.commit(record, {}));
  BOOST_TEST(!check_same_interval(log.summary(), duration{1'000}, "in here"));
  const auto problem = check_same_interval(log.summary(), duration{500}, "in here");
  BOOST_TEST(is(problem, ec::checkpoint_mismatch));
  BOOST_TEST(describe(problem)
             == "checkpoint in here was written with a batch every 1000ms, and this program has one every 500ms; start "
                "it with --interval 1000ms, or choose another directory");
}

BOOST_AUTO_TEST_CASE(state_in_other_partitions_is_refused_with_what_to_do) {
  BOOST_REQUIRE(!log.declare({"totals", 2, "(text,i64)"}));
  BOOST_TEST(!check_same_partitions(log.summary(), "totals", 2));
  BOOST_TEST(!check_same_partitions(log.summary(), "another", 3));
  const auto problem = check_same_partitions(log.summary(), "totals", 3);
  BOOST_TEST(is(problem, ec::checkpoint_mismatch));
  BOOST_TEST(describe(problem).find("start it with --partitions 2 ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(changes_of_a_program_are_the_lines_that_are_gone_and_new) {
  BOOST_TEST(describe_changes("a\nb\n", "a\nb\n").empty());
  BOOST_TEST(describe_changes("", "").empty());
  const std::vector<std::string> expected{"- b", "+ c", "+ d"};
  BOOST_TEST(describe_changes("a\nb\n", "a\nc\nd\n") == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_checkpoint_interval_is_a_multiple_of_the_slide) {
  auto graph = keeping_program({{"totals", "(text,i64)"}});
  for (const auto good : {1'000, 2'000, 60'000}) {
    graph.checkpoint(node_index{1}, duration{good});
    BOOST_CHECK_NO_THROW(check_checkpoint_intervals(graph));
  }
  for (const auto bad : {-1'000, 0, 500, 1'500}) {
    graph.checkpoint(node_index{1}, duration{bad});
    BOOST_CHECK_EXCEPTION(check_checkpoint_intervals(graph), usage_error, [bad](const usage_error& e) {
      const std::string why = e.what();
      BOOST_TEST(why.find("'totals'") != std::string::npos, why);
      BOOST_TEST(why.find(std::to_string(bad) + " ms") != std::string::npos, why);
      return why.find("1000 ms") != std::string::npos;
    });
  }
}

BOOST_AUTO_TEST_CASE(a_checkpoint_interval_needs_a_directory) {
  auto graph = keeping_program({{"totals", "(text,i64)"}});
  BOOST_CHECK_NO_THROW(check_checkpoint_directory(graph, ""));
  graph.checkpoint(node_index{1}, duration{2'000});
  BOOST_CHECK_NO_THROW(check_checkpoint_directory(graph, "here"));
  BOOST_CHECK_EXCEPTION(check_checkpoint_directory(graph, ""), usage_error, [](const usage_error& e) {
    const std::string why = e.what();
    return why.find("'totals'") != std::string::npos && why.find("directory has not been set") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(a_sum_goes_on_as_the_kind_of_number_that_it_was) {
  checkpoint_summary found;
  found.last_commit.emplace().sums = {{"weight", accumulated_sum::of(0.5)}, {"gone", accumulated_sum::of(1.0)}};
  accumulator_ledger same;
  same.make("weight", accumulated_sum::of(0.0));
  same.make("new", accumulated_sum::of(std::int64_t{0}));
  BOOST_TEST(!check_same_accumulators(found, same, "DIR"));
  accumulator_ledger other;
  other.make("weight", accumulated_sum::of(std::int64_t{0}));
  const auto why = describe(check_same_accumulators(found, other, "DIR"));
  BOOST_TEST(why.find("'weight' is one of real numbers, here it is one of integers") != std::string::npos, why);
}

BOOST_AUTO_TEST_SUITE_END()
