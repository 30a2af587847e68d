// SPDX-License-Identifier: BSD-3-Clause
#include "checkpoint_fixtures.hpp"

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/state/commit/commit_sequence.hpp>

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr duration interval{100};
constexpr epoch life{7, 1};
constexpr epoch other_life{6, 9};
const std::vector<state_id> ids{id_of("numbers", 0), id_of("numbers", 1)};

batch_time time_of(int n) { return batch_time{10'000 + n * interval.count()}; }
int number_of(batch_time t) { return static_cast<int>((t - time_of(0)) / interval); }

/// The state after batch n is the numbers 1 to n.
state_update numbers(const state_id& id, int from, int to, change_kind kind = change_kind::delta) {
  std::vector<int> values;
  for (auto n = from; n <= to; ++n)
    values.push_back(n);
  return {id, time_of(to), kind, {make_batch<int>(values)}, {}};
}

std::vector<int> load_numbers(const checkpoint_log& log, const state_id& id) {
  std::vector<int> result;
  require_ok(log.load(id, [&result](change_kind kind, batch_time, bytes_view blob) {
    if (kind == change_kind::base)
      result.clear();
    const auto reader = value_or_throw(batch_reader<int>::open(value_or_throw(batch::from_bytes(blob))));
    for (std::uint32_t i = 0; i < reader.size(); ++i)
      result.push_back(reader[i]);
    return error{};
  }));
  return result;
}

/// A sequence on a disk made of memory that fails when it is told to.
struct fixture {
  memory_store log_disk;
  memory_store snapshot_disk;
  fault_plan plan;
  std::optional<fault_store> faulty_log;
  std::optional<fault_store> faulty_snapshots;
  std::optional<checkpoint_log> log;
  std::optional<commit_sequence> commits;
  accumulated_sums sums;              ///< of the next commit that is asked for
  std::map<int, std::string> answers; ///< by batch: "durable N", or an error

  fixture() { start(); }

  /// What a process does that begins: the disk works again.
  void start() {
    plan = {};
    faulty_log.emplace("log", log_disk, plan);
    faulty_snapshots.emplace("snapshots", snapshot_disk, plan);
    log = value_or_throw(checkpoint_log::open(*faulty_log, *faulty_snapshots));
    require_ok(log->declare({"numbers", 2, "int"}));
    commits.emplace(*log, commit_sequence::options{{ids.begin(), ids.end()}, life, interval, "topology"});
    plan.writes = 0;
    answers.clear();
  }

  void keep(const state_update& update) { commits->keep(life, update); }
  void keep_all(int n) {
    for (const auto& id : ids)
      keep(numbers(id, n, n));
  }
  void ask(int n, bool sync = true, const epoch& who = life) { ask_after(n - 1, n, sync, who); }
  void ask_after(int previous, int n, bool sync = true, const epoch& who = life) {
    const auto before = previous == 0 ? batch_time{} : time_of(previous);
    commits->commit(who, {time_of(n), before, sync, {{"file", std::to_string(n)}}, sums},
                    [this, n](const expected<batch_time>& done) {
                      BOOST_TEST(!answers.contains(n), "batch " << n << " is answered twice");
                      answers[n] = done ? "durable " + std::to_string(number_of(std::max(*done, time_of(0))))
                                        : describe(done.error());
                    });
  }

  int committed() const { return log->last_commit() ? number_of(log->last_commit()->time) : 0; }

  /// Checks that the state is that of all batches up to the last commit, and none is left out.
  void check_whole() const {
    std::vector<int> expected;
    for (int n = 1; n <= committed(); ++n)
      expected.push_back(n);
    for (const auto& id : ids)
      BOOST_TEST(load_numbers(*log, id) == expected, boost::test_tools::per_element());
    if (committed() > 0)
      BOOST_TEST(log->last_commit()->positions.at("file") == std::to_string(committed()));
  }

  bool is_refused(int n, std::string_view why) const {
    const auto found = answers.find(n);
    return found != answers.end() && found->second.find(why) != std::string::npos;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(commit_sequence_suite, fixture)

BOOST_AUTO_TEST_CASE(a_commit_waits_for_all_updates_and_for_those_before_it) {
  ask(1);
  ask(2);
  keep_all(2);
  keep(numbers(ids[0], 1, 1));
  BOOST_TEST(answers.empty());
  keep(numbers(ids[1], 1, 1));
  BOOST_TEST((answers == std::map<int, std::string>{{1, "durable 1"}, {2, "durable 2"}}));
  BOOST_TEST(plan.writes == 3U); // and one that would erase what another life has left behind
  start();
  BOOST_TEST(committed() == 2);
  check_whole();
  BOOST_TEST((log->last_commit()->interval == interval));
  BOOST_TEST((log->last_commit()->zero == time_of(0)));
  BOOST_TEST(log->last_commit()->batches == 2U);
}

BOOST_AUTO_TEST_CASE(batches_that_need_no_sync_are_written_with_one_that_does) {
  for (const auto n : {1, 2, 3}) {
    keep_all(n);
    ask(n, n == 3);
  }
  BOOST_TEST((answers == std::map<int, std::string>{{1, "durable 0"}, {2, "durable 0"}, {3, "durable 3"}}));
  BOOST_TEST(plan.writes == 2U);
  BOOST_TEST(log->last_commit()->batches == 3U);
  check_whole();
}

BOOST_AUTO_TEST_CASE(a_commit_that_leaves_a_batch_out_is_refused_and_the_due_one_is_still_taken) {
  keep_all(1);
  ask(1);
  keep_all(2);
  keep_all(3);
  ask(3);
  BOOST_TEST(is_refused(3, "batch 10300 ms cannot be committed: the one after batch 10100 ms is due, and it is "
                           "said to follow batch 10200 ms"));
  BOOST_TEST(committed() == 1);
  answers.clear();
  ask(2);
  ask(3);
  BOOST_TEST((answers == std::map<int, std::string>{{2, "durable 2"}, {3, "durable 3"}}));
  check_whole();
}

BOOST_AUTO_TEST_CASE(batches_may_be_left_out_of_the_grid_but_only_with_a_word_and_forwards) {
  keep_all(1);
  ask(1);
  start();
  ask(1);
  BOOST_TEST(is_refused(1, "the one after batch 10100 ms is due"));
  answers.clear();
  ask_after(1, 1);
  BOOST_TEST(is_refused(1, "batch 10100 ms comes before it"));
  commits->commit(life, {batch_time{10'250}, time_of(1), true, {}, {}}, [](const expected<batch_time>& done) {
    BOOST_TEST(!done);
    BOOST_TEST(describe(done.error()).find("one every 100 ms") != std::string::npos);
  });
  keep_all(9);
  ask_after(1, 9); // the program was away meanwhile
  BOOST_TEST(answers[9] == "durable 9");
  keep_all(12);
  ask(12);
  BOOST_TEST(is_refused(12, "the one after batch 10900 ms is due"));
  answers.clear();
  ask_after(9, 12); // two batches that run again lie apart
  BOOST_TEST(answers[12] == "durable 12");
}

BOOST_AUTO_TEST_CASE(another_life_changes_nothing) {
  for (const auto& id : ids)
    commits->keep(other_life, numbers(id, 1, 1));
  ask(1, true, other_life);
  BOOST_TEST(is_refused(1, "another run of the program"));
  answers.clear();
  ask(1);
  BOOST_TEST(answers.empty());
  keep_all(1);
  BOOST_TEST(answers[1] == "durable 1");
}

BOOST_AUTO_TEST_CASE(an_update_that_comes_twice_or_late_counts_once) {
  keep_all(1);
  keep_all(1);
  ask(1);
  keep_all(1);
  keep_all(2);
  ask(2);
  BOOST_TEST(answers[2] == "durable 2");
  check_whole();
}

BOOST_AUTO_TEST_CASE(an_update_of_an_undeclared_state_is_not_dropped_quietly) {
  keep(numbers(id_of("numbers", 2), 1, 1));
  keep_all(1);
  ask(1);
  BOOST_TEST(is_refused(1, "'numbers' partition 2, which this program has not declared"));
  BOOST_TEST(committed() == 0);
}

BOOST_AUTO_TEST_CASE(after_a_commit_that_does_not_fit_none_follows) {
  // Not the disk's fault, and what follows would fit.
  keep_all(1);
  ask(1);
  for (const auto n : {2, 3, 4})
    ask(n);
  keep_all(4);
  keep_all(3);
  keep(numbers(ids[0], 2, 2));
  keep(numbers(ids[1], 2, 2, change_kind::partial)); // without a base
  BOOST_TEST(is_refused(2, "batch 10200 ms could not be committed: a partial snapshot comes without a base"));
  for (const auto n : {3, 4})
    BOOST_TEST(is_refused(n, "not committed, as an earlier batch was not: batch 10200 ms"));
  ask(5);
  BOOST_TEST(is_refused(5, "not committed"));
  keep_all(5);
  start();
  BOOST_TEST(committed() == 1);
  check_whole();
}

BOOST_AUTO_TEST_CASE(a_disk_that_fails_at_any_write_with_four_commits_in_flight_loses_nothing) {
  std::size_t points = 0;
  for (const auto sync_every : {1, 2, 3})
    for (const auto when : {fault_plan::moment::before, fault_plan::moment::after})
      for (const auto how_long : {fault_plan::length::once, fault_plan::length::for_good})
        for (std::size_t n = 1;; ++n) {
          fixture x;
          x.plan = {.fail_at = n, .when = when, .how_long = how_long};
          int durable = 0;
          int asked = 0;
          const auto has_failed = [&x] {
            return std::ranges::any_of(x.answers, [](const auto& a) { return !a.second.starts_with("durable"); });
          };
          // Four batches at a time become ready at once, with the last update of the first.
          for (int first = 1; first < 32 && !has_failed(); first += 4) {
            for (auto b = first; b < first + 4; ++b)
              x.ask(asked = b, b % sync_every == 0 || b % 4 == 0);
            for (auto b = first + 3; b >= first; --b)
              for (const auto& id : ids)
                x.keep(b % 5 == 0 ? numbers(id, 1, b, change_kind::base) : numbers(id, b, b));
          }
          if (!has_failed())
            break; // the disk fails later than all this
          ++points;
          // Everything asked for is answered: one batch after the other is good, then none.
          BOOST_TEST(x.answers.size() == static_cast<std::size_t>(asked));
          bool good = true;
          for (const auto& [b, said] : x.answers) {
            if (said.starts_with("durable"))
              durable = std::stoi(said.substr(8));
            BOOST_TEST((good || !said.starts_with("durable")));
            good = said.starts_with("durable");
          }
          x.keep_all(asked + 1);
          x.ask(asked + 1);
          BOOST_TEST(x.is_refused(asked + 1, "not committed"));
          x.start();
          BOOST_TEST(x.committed() >= durable);
          x.check_whole();
        }
  BOOST_TEST_MESSAGE(points << " points");
  BOOST_TEST(points >= 200U);
}

BOOST_AUTO_TEST_CASE(a_commit_has_the_sums_of_its_own_batch) {
  sums = {{"seen", accumulated_sum::of(std::int64_t{1})}};
  ask(1);
  sums = {{"seen", accumulated_sum::of(std::int64_t{5})}};
  ask(2);
  keep_all(1);
  BOOST_TEST(log->last_commit()->sums.at("seen").as<int>() == 1);
  keep_all(2);
  BOOST_TEST(log->last_commit()->sums.at("seen").as<int>() == 5);
}

BOOST_AUTO_TEST_CASE(the_sum_of_an_accumulator_that_the_program_has_no_more_stays) {
  sums = {{"old", accumulated_sum::of(2.5)}, {"seen", accumulated_sum::of(std::int64_t{1})}};
  keep_all(1);
  ask(1);
  start();
  sums = {{"seen", accumulated_sum::of(std::int64_t{2})}};
  keep_all(2);
  ask(2);
  start();
  BOOST_TEST(log->last_commit()->sums.at("old").as<double>() == 2.5);
  BOOST_TEST(log->last_commit()->sums.at("seen").as<int>() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
