// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/program_changes.hpp>

#include "keeping_program.hpp"

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/driver/runtime_options.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/store/memory_store.hpp>

using namespace sluice;
using namespace sluice::test;

namespace {

using kind = state_difference::kind;

struct fixture {
  memory_store records;
  memory_store snapshots;
  checkpoint_log log = checkpoint_log::open(records, snapshots).value();
  runtime_options how;

  void store(const schemas& states) {
    for (const auto& [name, schema] : states)
      BOOST_REQUIRE(!log.declare({name, 2, schema}));
  }

  std::vector<state_difference> differences(const schemas& states) const {
    return compare_states(log.summary(), keeping_program(states));
  }

  /// What is said against continuing with a program; empty if nothing.
  std::string refusal(const schemas& states) const {
    const auto problem = check_differences(differences(states), "in here");
    if (!problem)
      return {};
    BOOST_TEST(is(problem, ec::checkpoint_mismatch));
    return describe(problem);
  }

  std::vector<std::string> change(const schemas& states) {
    return change_states(log, keeping_program(states), how).value();
  }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& x : log.operators())
      result.push_back(x.operator_name);
    return result;
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(program_changes, fixture)

BOOST_AUTO_TEST_CASE(any_program_may_begin_an_empty_checkpoint) {
  BOOST_TEST(differences({{"totals", "(text,i64)"}}).empty());
  BOOST_TEST(differences({}).empty());
}

BOOST_AUTO_TEST_CASE(the_program_that_wrote_a_checkpoint_may_continue_it) {
  store({{"totals", "(text,i64)"}});
  BOOST_TEST(differences({{"totals", "(text,i64)"}}).empty());
}

BOOST_AUTO_TEST_CASE(a_state_that_may_have_been_renamed_is_refused_with_both_ways_out) {
  store({{"totals", "(text,i64)"}});
  const auto why = refusal({{"sums", "(text,i64)"}});
  for (const auto* part : {"in here", "another program", "'totals'", "named(\"totals\")", "--rename-state totals=sums",
                           "--drop-state totals", "choose another directory"})
    BOOST_TEST(has(why, part), why);
}

BOOST_AUTO_TEST_CASE(state_of_another_type_is_refused_with_both_types) {
  store({{"totals", "(text,i64)"}});
  const auto why = refusal({{"totals", "(text,i32)"}});
  for (const auto* part : {"(text,i64)", "(text,i32)", "--drop-state totals"})
    BOOST_TEST(has(why, part), why);
}

BOOST_AUTO_TEST_CASE(all_that_is_in_the_way_is_said_at_once) {
  store({{"a", "(text,i64)"}, {"b", "(text,text)"}});
  const auto why = refusal({{"a", "(text,i32)"}, {"c", "(text,text)"}});
  BOOST_TEST(has(why, "state of 'a' has type"), why);
  BOOST_TEST(has(why, "--rename-state b=c"), why);
}

BOOST_AUTO_TEST_CASE(state_that_is_gone_stays_and_state_that_is_new_begins_empty) {
  store({{"kept", "(text,i64)"}, {"old", "(text,text)"}});
  const schemas now{{"kept", "(text,i64)"}, {"other", "(text,f64)"}};
  BOOST_TEST(refusal(now).empty());
  const auto lines = describe_differences(differences(now));
  BOOST_TEST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(lines[0]
             == "the state of 'old' ((text,text)) is no longer used and stays in the checkpoint; --drop-state "
                "old removes it");
  BOOST_TEST(lines[1] == "the state of 'other' ((text,f64)) is new and begins empty");
}

BOOST_AUTO_TEST_CASE(a_new_state_is_taken_for_one_that_is_gone_at_most) {
  store({{"a", "(text,i64)"}, {"b", "(text,i64)"}});
  const std::vector<state_difference> expected{{kind::gone, "a", "(text,i64)", "", "c"},
                                               {kind::gone, "b", "(text,i64)", ""},
                                               {kind::added, "c", "", "(text,i64)"}};
  BOOST_CHECK(differences({{"c", "(text,i64)"}}) == expected);
}

BOOST_AUTO_TEST_CASE(a_state_is_dropped_by_name_if_it_does_not_fit) {
  store({{"old", "(text,i64)"}, {"retyped", "(text,i64)"}, {"split", "(text,i64)"}, {"fits", "(text,i64)"}});
  how.drop_states = {"old", "retyped", "fits", "unknown"};
  const schemas now{{"retyped", "(text,f64)"}, {"split", "(text,i64)"}, {"fits", "(text,i64)"}};
  const auto lines = change(now);
  BOOST_TEST_REQUIRE(lines.size() == 4U);
  BOOST_TEST(has(lines[0], "'old' ((text,i64)) is dropped"), lines[0]);
  BOOST_TEST(has(lines[1], "'retyped' ((text,i64)) is dropped"), lines[1]);
  BOOST_TEST(has(lines[2], "'fits' is what this program goes on with, and is not dropped"), lines[2]);
  BOOST_TEST(has(lines[3], "'unknown' has no state to drop"), lines[3]);
  const std::vector<std::string> left{"fits", "split"};
  BOOST_TEST(names() == left, boost::test_tools::per_element());
  BOOST_TEST(refusal(now).empty());
  // One in other partitions does not fit, either.
  how.drop_states = {"split"};
  how.partitions = 3;
  BOOST_TEST(has(change(now)[0], "is dropped"));
}

BOOST_AUTO_TEST_CASE(a_state_is_renamed_once) {
  store({{"totals", "(text,i64)"}});
  how.rename_states = {{"totals", "sums"}};
  const schemas now{{"sums", "(text,i64)"}};
  BOOST_TEST(has(change(now)[0], "the state of 'totals' is called 'sums' from the next commit on"));
  BOOST_TEST(refusal(now).empty());
  BOOST_TEST(has(change(now)[0], "is called 'sums' already"));
  how.rename_states = {{"unknown", "other"}};
  const auto wrong = change_states(log, keeping_program(now), how);
  BOOST_REQUIRE(!wrong);
  BOOST_TEST(has(describe(wrong.error()), "'unknown' cannot be renamed to 'other'"));
}

BOOST_AUTO_TEST_SUITE_END()
