// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/queue/queue_history.hpp>
#include <sluice/receivers/queue/queue_input.hpp>

#include "records.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using sluice::test::records_of;
using sluice::test::unlimited_room;

namespace {

using numbers = std::vector<std::int64_t>;

/// A set of one number.
queued_set set_of(std::int64_t x) { return {to_batches<std::int64_t>({x}, default_block_bytes)}; }

numbers numbers_in(const queue_history::sets& sets) {
  numbers result;
  for (const auto& set : sets)
    for (const auto x : records_of<std::int64_t>(set.batches))
      result.push_back(x);
  return result;
}

numbers pull(block_source& from) {
  auto batches = from.pull(batch_time{1}, unlimited_room);
  return records_of<std::int64_t>(batches.value().value());
}

/// A queue of 0 to 9, and its stream.
struct queue_of_ten {
  std::shared_ptr<record_queue<std::int64_t>> queue = std::make_shared<record_queue<std::int64_t>>();
  input<std::int64_t> from;

  explicit queue_of_ten(bool persistent) : from{queue_input<std::int64_t>(queue, {.persistent = persistent})} {
    for (std::int64_t i = 0; i < 10; ++i)
      queue->push({i});
    if (from.on_launch)
      from.on_launch();
  }

  std::unique_ptr<block_source> source() const {
    auto result = from.make_source();
    result->may_go_back(5);
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(queue_history_)

BOOST_AUTO_TEST_CASE(what_was_taken_since_a_pull_comes_back_in_order) {
  queue_history history;
  history.keep(3);
  for (std::int64_t i = 1; i <= 3; ++i)
    history.took(batch_time{i}, {set_of(10 * i), set_of(10 * i + 1)});
  BOOST_TEST(history.pulls() == 3U);
  BOOST_TEST((numbers_in(history.go_back(1)) == numbers{20, 21, 30, 31}));
  BOOST_TEST(history.pulls() == 1U);
  BOOST_TEST((numbers_in(history.go_back()) == numbers{10, 11}));
  BOOST_TEST(history.go_back().empty());
}

BOOST_AUTO_TEST_CASE(only_so_many_pulls_are_kept) {
  queue_history history;
  history.keep(2);
  for (std::int64_t i = 1; i <= 5; ++i)
    history.took(batch_time{i}, {set_of(i)});
  BOOST_TEST((numbers_in(history.go_back()) == numbers{4, 5}));
}

BOOST_AUTO_TEST_CASE(numbers_go_on_from_another_process) {
  queue_history history;
  history.keep(2);
  history.begin_after(7);
  BOOST_TEST(!history.is_new());
  history.took(batch_time{8}, {set_of(8)});
  BOOST_TEST(history.pulls() == 8U);
  BOOST_TEST(history.go_back(8).empty());
  BOOST_TEST((numbers_in(history.go_back(7)) == numbers{8}));
}

BOOST_AUTO_TEST_CASE(the_next_source_of_a_stream_goes_on_after_the_commit) {
  for (const auto persistent : {false, true}) {
    const queue_of_ten x{persistent};
    auto source = x.source();
    pull(*source);
    const auto committed = source->position().value();
    pull(*source);
    pull(*source);
    x.queue->push({10});
    source = x.source();
    BOOST_TEST(!source->resume(committed));
    for (std::int64_t i = 1; i <= 10; ++i)
      BOOST_TEST((pull(*source) == numbers{i}));
    BOOST_TEST(pull(*source).empty());
  }
}

BOOST_AUTO_TEST_CASE(without_a_commit_it_begins_again) {
  for (const auto persistent : {false, true}) {
    const queue_of_ten x{persistent};
    auto source = x.source();
    pull(*source);
    pull(*source);
    source = x.source();
    for (std::int64_t i = 0; i < 10; ++i)
      BOOST_TEST((pull(*source) == numbers{i}));
  }
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_commit_is_told_once_also_if_the_set_comes_again) {
  std::vector<int> told;
  const auto queue = std::make_shared<record_queue<std::int64_t>>();
  for (const auto i : {0, 1, 2})
    queue->push({i}, [&told, i] { told.push_back(i); });
  const auto from = queue_input<std::int64_t>(queue);
  const auto make = [&from] {
    auto result = from.make_source();
    result->may_go_back(5);
    return result;
  };
  auto source = make();
  for (std::int64_t t = 1; t <= 2; ++t)
    BOOST_TEST(source->pull(batch_time{t}, unlimited_room).has_value());
  source->committed(batch_time{1}); // told before it was on disk, and the program goes back to before it
  source = make();
  for (std::int64_t t = 11; t <= 13; ++t)
    BOOST_TEST(source->pull(batch_time{t}, unlimited_room).has_value());
  source->committed(batch_time{11});
  BOOST_TEST((told == std::vector{0}));
  source->committed(batch_time{13});
  BOOST_TEST((told == std::vector{0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_batch_that_runs_again_without_its_queue_is_told) {
  std::vector<int> told;
  const auto queue = std::make_shared<record_queue<std::int64_t>>();
  for (const auto i : {0, 1, 2})
    queue->push({i}, [&told, i] { told.push_back(i); });
  const auto from = queue_input<std::int64_t>(queue);
  auto source = from.make_source();
  source->may_go_back(5);
  std::string after_two;
  for (std::int64_t t = 1; t <= 3; ++t) {
    BOOST_TEST(source->pull(batch_time{t}, unlimited_room).has_value());
    if (t == 2)
      after_two = source->position().value();
  }
  source = from.make_source();
  source->may_go_back(5);
  BOOST_TEST(!source->resume(after_two)); // the first two batches come from the log
  source->committed(batch_time{2});
  BOOST_TEST((told == std::vector{0, 1}));
  BOOST_TEST((pull(*source) == numbers{2}));
}

BOOST_AUTO_TEST_CASE(a_position_of_another_process_replaces_the_sets_once) {
  const queue_of_ten before{true};
  auto source = before.source();
  for (auto i = 0; i < 8; ++i)
    pull(*source);
  const auto committed = source->position().value();
  const queue_of_ten now{true};
  source = now.source();
  BOOST_TEST(!source->resume(committed));
  BOOST_TEST((pull(*source) == numbers{8}));
  now.queue->push({77});
  source = now.source(); // nothing has been committed in this process
  BOOST_TEST(!source->resume(committed));
  for (const std::int64_t i : {8, 9, 77})
    BOOST_TEST((pull(*source) == numbers{i}));
}

BOOST_AUTO_TEST_CASE(a_queue_that_becomes_persistent_keeps_what_the_program_pushed) {
  const queue_of_ten before{false};
  auto source = before.source();
  pull(*source);
  const auto committed = source->position().value();
  const queue_of_ten now{true};
  source = now.source();
  BOOST_TEST(!source->resume(committed));
  BOOST_TEST((pull(*source) == numbers{0}));
}

BOOST_AUTO_TEST_CASE(a_stream_that_need_not_go_back_keeps_nothing) {
  const queue_of_ten x{false};
  auto source = x.from.make_source();
  pull(*source);
  BOOST_TEST(source->position().value().empty());
  source = x.from.make_source();
  BOOST_TEST((pull(*source) == numbers{1}));
}

BOOST_AUTO_TEST_SUITE_END()
