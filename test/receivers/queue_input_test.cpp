// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/queue/queue_input.hpp>

#include "records.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>

using namespace sluice;
using sluice::test::records_of;
using sluice::test::unlimited_room;

namespace {

using numbers = std::vector<std::int64_t>;
using number_queue = record_queue<std::int64_t>;

template <record T>
std::vector<owned_t<T>> pull(block_source& from, std::int64_t t) {
  const auto batches = from.pull(batch_time{t}, unlimited_room);
  BOOST_REQUIRE(static_cast<bool>(batches));
  BOOST_REQUIRE(batches->has_value());
  return records_of<T>(**batches);
}

} // namespace

BOOST_AUTO_TEST_SUITE(queue_input_)

BOOST_AUTO_TEST_CASE(a_batch_gets_one_set_by_default) {
  auto queue = std::make_shared<number_queue>();
  queue->push({1, 2});
  queue->push({});
  queue->push({3});
  const auto from = queue_input<std::int64_t>(queue).make_source();
  BOOST_TEST(pull<std::int64_t>(*from, 1) == (numbers{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(pull<std::int64_t>(*from, 2).empty());
  BOOST_TEST(pull<std::int64_t>(*from, 3) == (numbers{3}), boost::test_tools::per_element());
  BOOST_TEST(pull<std::int64_t>(*from, 4).empty());
}

BOOST_AUTO_TEST_CASE(a_batch_may_get_all_sets_in_order) {
  auto queue = std::make_shared<number_queue>();
  queue->push({1, 2});
  queue->push({});
  queue->push({3});
  const auto from = queue_input<std::int64_t>(queue, {.mode = queue_mode::all}).make_source();
  BOOST_TEST(pull<std::int64_t>(*from, 1) == (numbers{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(queue->size() == 0U);
  BOOST_TEST(pull<std::int64_t>(*from, 2).empty());
}

BOOST_AUTO_TEST_CASE(the_default_stands_in_for_an_empty_queue_but_not_for_an_empty_set) {
  for (const auto mode : {queue_mode::one_at_a_time, queue_mode::all}) {
    auto queue = std::make_shared<number_queue>();
    queue->push({});
    const auto from = queue_input<std::int64_t>(queue, {mode, numbers{7, 8}}).make_source();
    BOOST_TEST(pull<std::int64_t>(*from, 1).empty());
    BOOST_TEST(pull<std::int64_t>(*from, 2) == (numbers{7, 8}), boost::test_tools::per_element());
    BOOST_TEST(pull<std::int64_t>(*from, 3) == (numbers{7, 8}), boost::test_tools::per_element());
    queue->push({1});
    BOOST_TEST(pull<std::int64_t>(*from, 4) == (numbers{1}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_queue_grows_while_it_is_read) {
  auto queue = std::make_shared<number_queue>();
  const auto from = queue_input<std::int64_t>(queue, {.mode = queue_mode::all}).make_source();
  std::thread pushing{[&queue] {
    for (auto i = 0; i < 1000; ++i)
      queue->push({i});
  }};
  numbers all;
  for (std::int64_t t = 0; all.size() < 1000; ++t)
    for (const auto x : pull<std::int64_t>(*from, t))
      all.push_back(x);
  pushing.join();
  for (std::size_t i = 0; i < all.size(); ++i)
    BOOST_TEST(all[i] == static_cast<std::int64_t>(i));
}

BOOST_AUTO_TEST_CASE(texts_are_owned_by_the_queue_and_large_sets_are_split) {
  auto queue = std::make_shared<record_queue<std::string_view>>();
  std::vector<std::string> texts(3000, std::string(1000, 'x'));
  texts.back() = "last";
  queue->push(texts);
  const auto from = queue_input<std::string_view>(queue).make_source();
  const auto batches = from->pull(batch_time{1}, unlimited_room);
  BOOST_TEST((*batches)->size() > 10U);
  for (const auto& x : **batches)
    BOOST_TEST(x.bytes().size() < 300'000U);
  BOOST_TEST((records_of<std::string_view>(**batches) == texts));
}

BOOST_AUTO_TEST_CASE(pairs_and_flags_pass_through) {
  using word_count = std::pair<std::string_view, int>;
  auto counts = std::make_shared<record_queue<word_count>>();
  counts->push({{"a", 1}, {"b", 2}});
  const auto from = queue_input<word_count>(counts).make_source();
  BOOST_TEST((pull<word_count>(*from, 1) == std::vector<std::pair<std::string, int>>{{"a", 1}, {"b", 2}}));
  auto flags = std::make_shared<record_queue<bool>>();
  flags->push({true, false});
  BOOST_TEST((pull<bool>(*queue_input<bool>(flags).make_source(), 1) == std::vector<bool>{true, false}));
}

BOOST_AUTO_TEST_CASE(a_record_too_large_is_refused_when_it_is_pushed) {
  record_queue<std::string> queue;
  BOOST_CHECK_THROW(queue.push({std::string(max_record_bytes, 'x')}), std::length_error);
  BOOST_TEST(queue.size() == 0U);
}

BOOST_AUTO_TEST_CASE(what_waits_can_be_looked_at_and_replaced) {
  number_queue queue;
  for (const auto x : {1, 2, 3})
    queue.push({x});
  auto waiting = queue.waiting();
  BOOST_TEST(waiting.size() == 3U);
  BOOST_TEST(records_of<std::int64_t>(waiting[1]) == (numbers{2}), boost::test_tools::per_element());
  BOOST_TEST(queue.size() == 3U);
  waiting.erase(waiting.begin());
  queue.push({4});
  queue.replace(3, waiting); // 2, 3 in the place of 1, 2, 3
  BOOST_TEST(queue.size() == 3U);
  numbers all;
  for (const auto& set : queue.take(3))
    for (const auto x : records_of<std::int64_t>(set.batches))
      all.push_back(x);
  BOOST_TEST(all == (numbers{2, 3, 4}), boost::test_tools::per_element());
  queue.push({5});
  queue.replace(100, {});
  BOOST_TEST(queue.size() == 0U);
}

BOOST_AUTO_TEST_CASE(whoever_pushed_a_set_is_told_when_its_batch_is_committed) {
  auto queue = std::make_shared<number_queue>();
  numbers told;
  const auto tell = [&told](std::int64_t x) { return [&told, x] { told.push_back(x); }; };
  queue->push({1}, tell(1));
  queue->push({2});
  queue->push({3}, tell(3));
  queue->push({}, tell(4));
  for (const auto persistent : {false, true}) {
    if (persistent)
      queue->push({5}, tell(5));
    const auto from = queue_input<std::int64_t>(queue, {.persistent = persistent}).make_source();
    for (std::int64_t t = persistent ? 5 : 1; t <= (persistent ? 5 : 3); ++t)
      pull<std::int64_t>(*from, t);
    if (persistent) {
      from->committed(batch_time{5});
      break;
    }
    BOOST_TEST(told.empty());
    from->committed(batch_time{2});
    BOOST_TEST(told == (numbers{1}), boost::test_tools::per_element());
    from->committed(batch_time{2}); // only once
    from->committed(batch_time{9});
    BOOST_TEST(told == (numbers{1, 3}), boost::test_tools::per_element());
    pull<std::int64_t>(*from, 4); // an empty set has nothing to commit
    BOOST_TEST(told == (numbers{1, 3, 4}), boost::test_tools::per_element());
  }
  BOOST_TEST(told == (numbers{1, 3, 4, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_queue_has_a_position_only_if_it_is_persistent) {
  auto queue = std::make_shared<number_queue>();
  queue->push({1});
  BOOST_TEST(queue_input<std::int64_t>(queue).make_source()->position()->empty());
  BOOST_TEST(!queue_input<std::int64_t>(queue, {.persistent = true}).make_source()->position()->empty());
}

BOOST_AUTO_TEST_CASE(a_persistent_queue_goes_on_with_what_waited_after_the_last_pull) {
  for (std::int64_t pulls = 0; pulls < 6; ++pulls) {
    const auto composed = [] {
      auto result = std::make_shared<number_queue>();
      for (const auto& set : {numbers{1, 2}, numbers{}, numbers{3}, numbers{4}})
        result->push(set);
      return result;
    };
    const queue_options<std::int64_t> how{.default_records = numbers{0}, .persistent = true};
    const auto before = composed();
    const auto first = queue_input<std::int64_t>(before, how).make_source();
    for (std::int64_t t = 0; t < pulls; ++t)
      pull<std::int64_t>(*first, t);
    before->push({5});
    const auto position = first->position();
    BOOST_TEST_REQUIRE(static_cast<bool>(position));
    pull<std::int64_t>(*first, pulls); // is part of the next commit, which never comes
    const auto second = queue_input<std::int64_t>(composed(), how).make_source();
    BOOST_TEST(!second->resume(*position));
    std::vector<numbers> got;
    for (std::int64_t t = 0; t < 6; ++t)
      got.push_back(pull<std::int64_t>(*second, t));
    std::vector<numbers> expected{{1, 2}, {}, {3}, {4}};
    expected.erase(expected.begin(), expected.begin() + std::min<std::int64_t>(pulls, 4));
    expected.push_back({5});
    expected.resize(6, {0});
    BOOST_TEST((got == expected), pulls << " pulls");
  }
}

BOOST_AUTO_TEST_CASE(all_that_waits_may_go_on_as_one_batch) {
  const queue_options<std::int64_t> how{.mode = queue_mode::all, .persistent = true};
  auto before = std::make_shared<number_queue>();
  before->push({1, 2});
  before->push({3});
  const auto position = queue_input<std::int64_t>(before, how).make_source()->position();
  const auto second = queue_input<std::int64_t>(std::make_shared<number_queue>(), how).make_source();
  BOOST_TEST(!second->resume(*position));
  BOOST_TEST(pull<std::int64_t>(*second, 1) == (numbers{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_pushed_once_the_program_is_launched_stays_behind_what_waited) {
  auto before = std::make_shared<number_queue>();
  before->push({1});
  const auto position = queue_input<std::int64_t>(before, {.persistent = true}).make_source()->position();
  auto queue = std::make_shared<number_queue>();
  const auto from = queue_input<std::int64_t>(queue, {.persistent = true});
  queue->push({7});
  from.on_launch();
  queue->push({8});
  const auto second = from.make_source();
  BOOST_TEST(!second->resume(*position));
  BOOST_TEST(pull<std::int64_t>(*second, 1) == (numbers{1}), boost::test_tools::per_element());
  BOOST_TEST(pull<std::int64_t>(*second, 2) == (numbers{8}), boost::test_tools::per_element());
  BOOST_TEST(queue->size() == 0U);
}

BOOST_AUTO_TEST_CASE(sets_of_another_type_are_refused_and_the_queue_is_as_it_was) {
  auto texts = std::make_shared<record_queue<std::string_view>>();
  texts->push({"a"});
  const auto position = queue_input<std::string_view>(texts, {.persistent = true}).make_source()->position();
  auto queue = std::make_shared<number_queue>();
  queue->push({7});
  const auto second = queue_input<std::int64_t>(queue, {.persistent = true}).make_source();
  const auto refused = second->resume(*position);
  BOOST_TEST(is(refused, ec::checkpoint_mismatch));
  BOOST_TEST(describe(refused).starts_with("the checkpoint holds waiting sets of another type: "));
  BOOST_TEST(is(second->resume("no position"), ec::storage_failed));
  BOOST_TEST(pull<std::int64_t>(*second, 1) == (numbers{7}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_queue_there_must_be) { BOOST_CHECK_THROW(queue_input<std::int64_t>(nullptr), usage_error); }

BOOST_AUTO_TEST_SUITE_END()
